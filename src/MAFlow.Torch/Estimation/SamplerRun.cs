using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>What a sampler is given besides its options: randomness, what to measure, whom to tell, and when to stop.</summary>
internal sealed class SamplerRun(
    Generator generator, Observables observables, IProgress<EstimationProgress>? progress, CancellationToken cancellation)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public Generator Generator { get; } = generator;

    public Observables Observables { get; } = observables;

    /// <summary>Whether a share of a time limit has passed.</summary>
    public bool IsLate(TimeSpan? limit, double share = 1) => limit is { } time && _clock.Elapsed > share * time;

    /// <exception cref="OperationCanceledException">The caller wants an end.</exception>
    public void ThrowIfCancelled() => cancellation.ThrowIfCancellationRequested();

    /// <summary>Tells the caller, on the calling thread.</summary>
    public void Report(long done, long of, FormattableString message) =>
        progress?.Report(new(done, of, FormattableString.Invariant(message)));

    /// <summary>Tells the caller about a step of chains.</summary>
    public void ReportStep(bool isWarmup, long step, long of, string details = "") =>
        Report(step, of, $"{(isWarmup ? "warm-up, " : "")}step {step}{details}");
}
