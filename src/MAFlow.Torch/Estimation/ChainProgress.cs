namespace MAFlow.Torch.Estimation;

/// <summary>Where parallel chains stand.</summary>
/// <param name="Step">Steps taken, warm-up included.</param>
/// <param name="Steps">Largest number of steps, warm-up included.</param>
/// <param name="IsWarmup">Whether the last step was not averaged over.</param>
/// <param name="Acceptance">Share of the last proposals that were accepted.</param>
/// <param name="LastCheck">The estimate at the last check of convergence, or null before the first.</param>
/// <param name="Elapsed">Time spent.</param>
public sealed record ChainProgress(int Step, int Steps, bool IsWarmup, double Acceptance, ChainEstimate? LastCheck, TimeSpan Elapsed);
