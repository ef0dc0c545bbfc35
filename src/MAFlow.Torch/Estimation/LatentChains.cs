using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Parallel chains in a latent space: local moves, whose size is adapted during warm-up, and proposals of fresh samples.</summary>
internal sealed class LatentChains(LatentTarget target, LatentTransition transition, LatentPoints start, Generator generator)
{
    private double _size = transition.FirstStep;

    /// <summary>Where the chains are; changed in place by each move.</summary>
    public LatentPoints Current { get; } = start;

    /// <summary>Moves every chain once.</summary>
    /// <param name="warmup">Moves of warm-up that have gone before, or null after it.</param>
    /// <returns>Which moves were accepted, shape [B].</returns>
    public Tensor Move(int? warmup)
    {
        var accepted = transition.Move(target, Current, 1, _size, generator);
        if (warmup is { } before)
        {
            _size = transition.Adapt(_size, accepted.to(float64).mean().item<double>(), 1 / Math.Sqrt(1 + (before / 10.0)));
        }

        return accepted;
    }

    /// <summary>Proposes a fresh sample of this latent space's own flow to each chain.</summary>
    public Tensor ProposeFreshSamples() => Current.ProposeFreshSamples(target, 1, generator);

    /// <summary>Proposes a fresh sample of another flow to each chain, with that flow's weights w.</summary>
    /// <returns>Which were accepted, shape [B].</returns>
    public Tensor ProposeFreshSamples(LatentTarget proposal)
    {
        var fresh = proposal.Decode(proposal.SampleCodes(Current.Z.shape[0], generator), withGradient: false);
        var change = fresh.LogWeight.sub(proposal.LogWeight(Current.X, Current.Energy));
        return Current.AcceptOrReject(target.Encode(fresh.X, transition.NeedsGradient), change, generator);
    }
}
