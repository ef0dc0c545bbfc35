using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Points of the fluid together with their log-densities: the joint quantity that the flow transports.</summary>
/// <param name="X">Points, shape [B, N].</param>
/// <param name="LogProb">Log-density at each point in nats, shape [B].</param>
/// <remarks>Sampling, likelihoods and latent codes are all read off such a pair. The caller disposes both tensors, or a DisposeScope does.</remarks>
public readonly record struct FlowState(Tensor X, Tensor LogProb) : IDisposable
{
    /// <summary>Disposes both tensors.</summary>
    public void Dispose()
    {
        X?.Dispose();
        LogProb?.Dispose();
    }

    internal FlowState MoveToOuterDisposeScope() => new(X.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope());
}
