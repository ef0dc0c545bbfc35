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
    /// <param name="chains">Number of chains, at least 2: error bars come from their spread.</param>
    /// <param name="warmup">Steps that are not averaged over, at least 0.</param>
    /// <param name="steps">Steps that are, at least 4.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    /// <param name="observables">Functions of points [B, N] to [B], by name.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public ChainEstimate Run(
        int chains, int warmup, int steps, Generator generator, IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null, CancellationToken cancellationToken = default)
    {
        TensorChecks.RequireAtLeast(chains, 2);
        TensorChecks.RequireAtLeast(warmup, 0);
        TensorChecks.RequireAtLeast(steps, 4);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (x, current, weight) = Propose(chains, generator);
        return MarkovChains.Run(
            () =>
            {
                var (proposal, proposed, proposedWeight) = Propose(chains, generator);
                var accepted = rand(chains, dtype: float64, generator: generator).log().to(weight.device).lt(proposedWeight.sub(weight));
                x.copy_(where(accepted.unsqueeze(1), proposal, x));
                current.copy_(where(accepted, proposed, current));
                weight.copy_(where(accepted, proposedWeight, weight));
                return (x, current, accepted);
            },
            warmup, steps, observables, cancellationToken);
    }

    /// <summary>Fresh samples with their energies and log-weights.</summary>
    private (Tensor X, Tensor Energy, Tensor LogWeight) Propose(long count, Generator generator)
    {
        var state = flow.Sample(count, generator, depth);
        var values = energy.Value(state.X).to(float64);
        return (state.X, values, values.add(state.LogProb.to(float64)).neg());
    }
}
