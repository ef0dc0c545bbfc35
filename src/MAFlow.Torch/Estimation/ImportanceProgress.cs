namespace MAFlow.Torch.Estimation;

/// <summary>Where an importance sampling stands.</summary>
/// <param name="Samples">Samples drawn.</param>
/// <param name="MostSamples">Samples that are drawn at most.</param>
/// <param name="LogPartition">ln Z so far.</param>
/// <param name="Elapsed">Time spent.</param>
public sealed record ImportanceProgress(int Samples, int MostSamples, Estimate LogPartition, TimeSpan Elapsed);
