using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Markov chains in the latent space of a flow, where the target is close to a standard normal: by default hybrid Monte Carlo with fresh samples in between.</summary>
/// <remarks>Zhang, E, Wang (2018), section 4.2; Li, Wang (2018); the mixture with fresh samples is that of Gabrié, Rotskoff, Vanden-Eijnden (2022).</remarks>
/// <param name="flow">The map.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class LatentChainSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>The local move; its step is adapted during warm-up.</summary>
    public LatentTransition Transition { get; init; } = new HamiltonianTransition();

    /// <summary>Whether each local move is followed by the proposal of a fresh sample of the flow, which can change modes that the local moves cannot.</summary>
    /// <value>Default true.</value>
    public bool ProposesFreshSamples { get; init; } = true;

    /// <summary>Runs parallel chains, started at z ~ N(0, 1).</summary>
    /// <param name="options">Number of chains and when they stop.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="observables">Functions of points x [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Acceptance is that of the local move.</returns>
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
        var step = Transition.FirstStep;
        var current = target.See(target.Start(options.Chains, generator).Z, Transition.NeedsGradient);
        return MarkovChains.Run(
            warmup =>
            {
                var accepted = Transition.Move(target, current, 1, step, generator);
                if (ProposesFreshSamples)
                {
                    current.TakeFresh(target, 1, generator);
                }

                if (warmup is { } before)
                {
                    step = Transition.Adapt(step, accepted.to(float64).mean().item<double>(), 1 / Math.Sqrt(1 + (before / 10.0)));
                }

                return (current.X, current.Energy, accepted);
            },
            options, observables, progress, cancellationToken);
    }
}
