namespace MAFlow.Torch.Estimation;

/// <summary>Where an annealing stands.</summary>
/// <param name="Repeat">Repeats finished; the pilot that chooses the temperatures is not counted.</param>
/// <param name="Repeats">Largest number of repeats.</param>
/// <param name="InverseTemperature">β of the particles.</param>
/// <param name="Acceptance">Share of the last proposals that were accepted.</param>
/// <param name="LogPartition">ln Z of the finished repeats, or null before two.</param>
/// <param name="Elapsed">Time spent.</param>
public sealed record AnnealingProgress(int Repeat, int Repeats, double InverseTemperature, double Acceptance, Estimate? LogPartition, TimeSpan Elapsed);
