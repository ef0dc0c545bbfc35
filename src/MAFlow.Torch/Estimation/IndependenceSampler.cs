using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Metropolised independence sampling: each proposal is a fresh sample of the flow, accepted with probability min(1, w' / w), w = e^{-E} / p.</summary>
/// <remarks>Exact for any flow that has the target's support, whatever its quality; quality only sets the acceptance. Chains start at samples of the flow.</remarks>
/// <param name="flow">Proposal.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class IndependenceSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>Runs parallel chains.</summary>
    /// <param name="options">Number of chains and when they stop.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="observables">Functions of points [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number where the chains start.</exception>
    public ChainEstimate Run(
        ChainOptions options,
        Generator generator,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null,
        IProgress<ChainProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(observables?.Keys ?? []);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var target = new LatentTarget(flow, energy, depth);
        var current = target.Start(options.Chains, generator);
        return MarkovChains.Run(
            _ =>
            {
                var accepted = current.TakeFresh(target, 1, generator);
                return (current.X, current.Energy, accepted);
            },
            options, observables, progress, cancellationToken);
    }
}
