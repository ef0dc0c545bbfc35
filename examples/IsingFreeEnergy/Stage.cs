namespace IsingFreeEnergy;

/// <summary>Configurations that the flow drew after a number of steps: one text of + and - each.</summary>
public sealed record Stage(long Step, IReadOnlyList<string> Configurations);
