using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>Parallel chains in latent space: a local move each, whose size is adapted during warm-up, and if wanted the proposal of a fresh sample.</summary>
internal sealed class LatentChains
{
    private readonly LatentTarget target;
    private readonly LatentTransition transition;
    private readonly bool proposesFreshSamples;
    private readonly Generator generator;
    private double size;

    public LatentChains(
        MongeAmpereFlow flow, Energy energy, int? depth, LatentTransition transition, bool proposesFreshSamples, int chains, Generator generator)
    {
        (target, this.transition, this.proposesFreshSamples, this.generator) = (new(flow, energy, depth), transition, proposesFreshSamples, generator);
        size = transition.FirstStep;
        using var scope = NewDisposeScope();
        Current = target.See(target.Start(chains, generator).Z, transition.NeedsGradient).MoveToOuterDisposeScope();
    }

    /// <summary>Where the chains are; changed in place by each step.</summary>
    public LatentPoints Current { get; }

    /// <summary>Moves every chain once.</summary>
    /// <param name="warmup">Steps of warm-up that have gone before, or null after it.</param>
    /// <returns>Which local moves were accepted, shape [B].</returns>
    public Tensor Step(int? warmup)
    {
        var accepted = transition.Move(target, Current, 1, size, generator);
        if (proposesFreshSamples)
        {
            Current.TakeFresh(target, 1, generator);
        }

        if (warmup is { } before)
        {
            size = transition.Adapt(size, accepted.to(float64).mean().item<double>(), 1 / Math.Sqrt(1 + (before / 10.0)));
        }

        return accepted;
    }
}
