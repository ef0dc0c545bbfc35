using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>A way to learn ln Z or means of a target, run with options of its own.</summary>
/// <typeparam name="TOptions">How much it draws, and when it stops.</typeparam>
/// <typeparam name="TEstimate">What it finds.</typeparam>
public abstract class Sampler<TOptions, TEstimate>
    where TOptions : SamplerOptions
    where TEstimate : TargetEstimate
{
    private protected Sampler()
    {
    }

    /// <summary>Draws until the options are content.</summary>
    /// <remarks>The same seed gives the same numbers, unless a time limit ends the run.</remarks>
    /// <param name="options">How much is drawn, and when to stop.</param>
    /// <param name="generator">Source of everything random.</param>
    /// <param name="observables">Functions of points x [B, N] to [B] to be averaged, by name, as
    /// <c>["x²"] = x => x.square().sum([1L])</c>; none when null.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentNullException">A function is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">
    /// Flow and energy differ in their dimensions, or an option does not fit the observables.
    /// </exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the samples start.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TEstimate Run(
        TOptions options,
        Generator generator,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(generator);
        var measured = new Observables(observables);
        options.Validate(measured);
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        using var _ = no_grad();
        return Run(options, new SamplerRun(generator, measured, progress, cancellationToken));
    }

    /// <summary>Runs inside a dispose scope and without gradients, with options that have been checked.</summary>
    private protected abstract TEstimate Run(TOptions options, SamplerRun run);
}
