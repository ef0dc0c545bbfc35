using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Metropolised independence sampling: each proposal is a fresh sample of the flow, accepted with probability min(1, w' / w), w = e^{-E} / p.</summary>
/// <remarks>
/// Exact for any flow that has the target's support, whatever its quality; quality only sets the acceptance. Chains start at samples of the flow.
/// Local moves in between reach what the flow seldom proposes. Gabrié, Rotskoff, Vanden-Eijnden, "Adaptive Monte Carlo augmented with normalizing flows" (2022).
/// </remarks>
/// <param name="flow">Proposal.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null.</param>
public sealed class IndependenceSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>A flow in whose latent space the chains make local moves between the proposals: one at rest, with a final map at most, costs next to nothing. Null for no local moves.</summary>
    public MongeAmpereFlow? LocalFlow { get; init; }

    /// <summary>Local moves between two proposals, where there is a <see cref="LocalFlow"/>.</summary>
    /// <value>At least 1; default 10.</value>
    public int LocalMoves { get; init; } = 10;

    /// <summary>The local move; its size is adapted during warm-up.</summary>
    public LatentTransition LocalTransition { get; init; } = new HamiltonianTransition();

    /// <summary>Runs parallel chains.</summary>
    /// <param name="options">Number of chains and when they stop.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="observables">Functions of points [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each step, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>Acceptance is that of the flow's samples.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">Flows and energy differ in their dimensions.</exception>
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
        TensorChecks.RequireAtLeast(LocalMoves, 1);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var target = new LatentTarget(flow, energy, depth);
        var current = target.Start(options.Chains, generator);
        if (LocalFlow is null)
        {
            return MarkovChains.Run(
                _ =>
                {
                    var accepted = current.TakeFresh(target, 1, generator);
                    return (current.X, current.Energy, accepted);
                },
                options, observables, progress, cancellationToken);
        }

        var coordinates = new LatentTarget(LocalFlow, energy, null);
        var local = new LatentChains(coordinates, LocalTransition, coordinates.At(current.X, LocalTransition.NeedsGradient), generator);
        return MarkovChains.Run(
            warmup =>
            {
                for (var move = 0; move < LocalMoves; move++)
                {
                    local.Move((warmup * LocalMoves) + move);
                }

                return (local.Current.X, local.Current.Energy, local.TakeFresh(target));
            },
            options, observables, progress, cancellationToken);
    }
}
