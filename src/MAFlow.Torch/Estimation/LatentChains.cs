using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// Parallel chains that a flow helps: local moves in a latent space, whose size is adapted during warm-up, and proposals of fresh samples.
/// </summary>
internal sealed class LatentChains
{
    private readonly LatentTarget _flow;
    private readonly LatentTarget _local;
    private readonly LatentChainOptions _options;
    private readonly Generator _generator;
    private double _size;

    /// <summary>Starts at samples of the flow.</summary>
    /// <param name="flow">The target seen from the flow.</param>
    /// <param name="local">The target seen from where the local moves are made; null for the flow itself.</param>
    /// <param name="count">Number of chains.</param>
    /// <param name="options">How they move.</param>
    /// <param name="generator">Source of proposals and decisions.</param>
    public LatentChains(LatentTarget flow, LatentTarget? local, int count, LatentChainOptions options, Generator generator)
    {
        (_flow, _local, _options, _generator) = (flow, local ?? flow, options, generator);
        _size = options.Transition?.FirstStep ?? 0;
        var start = flow.InitialPoints(count, generator);
        Current = local is null ? flow.Decode(start.Z, NeedsGradient) : local.Encode(start.X, NeedsGradient);
    }

    /// <summary>Where the chains are; changed in place by each move.</summary>
    public LatentPoints Current { get; }

    private bool NeedsGradient => _options.Transition?.NeedsGradient ?? false;

    /// <summary>Moves every chain locally, and then proposes a fresh sample to it, as far as the options say.</summary>
    /// <param name="warmup">Steps of warm-up that have gone before, or null after it.</param>
    /// <returns>Which proposals were accepted, shape [B]: local ones in the flow's own latent space, or else fresh samples.</returns>
    public Tensor Step(int? warmup)
    {
        Tensor? moved = null;
        for (var move = 0; move < _options.MovesPerStep; move++)
        {
            moved = Move(_options.Transition!, (warmup * _options.MovesPerStep) + move);
        }

        var fresh = _options.ProposesFreshSamples ? ProposeFreshSamples() : null;
        return (_local == _flow ? moved ?? fresh : fresh ?? moved)!;
    }

    private Tensor Move(LatentTransition transition, int? warmup)
    {
        var accepted = transition.Move(_local, Current, 1, _size, _generator);
        if (warmup is { } before)
        {
            _size = transition.Adapt(_size, accepted.to(float64).mean().item<double>(), 1 / Math.Sqrt(1 + (before / 10.0)));
        }

        return accepted;
    }

    /// <summary>Proposes with the flow's weights w, whichever latent space the chains are in.</summary>
    private Tensor ProposeFreshSamples()
    {
        if (_local == _flow)
        {
            return Current.ProposeFreshSamples(_flow, 1, _generator);
        }

        var fresh = _flow.Decode(_flow.SampleCodes(Current.Z.shape[0], _generator), withGradient: false);
        var change = fresh.LogWeight.sub(_flow.LogWeight(Current.X, Current.Energy));
        return Current.AcceptOrReject(_local.Encode(fresh.X, NeedsGradient), change, _generator);
    }
}
