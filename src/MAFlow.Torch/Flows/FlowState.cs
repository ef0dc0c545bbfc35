using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Points of the fluid with the log-density of the fluid at each: ln p at X, at the time where the points are.</summary>
public sealed class FlowState : IDisposable
{
    internal FlowState(Tensor x, Tensor logProb) => (X, LogProb) = (x, logProb);

    /// <summary>Points, shape [B, N].</summary>
    public Tensor X { get; }

    /// <summary>ln p at X in nats, shape [B].</summary>
    public Tensor LogProb { get; }

    /// <summary>Both tensors.</summary>
    public void Deconstruct(out Tensor x, out Tensor logProb) => (x, logProb) = (X, LogProb);

    /// <summary>Disposes both tensors.</summary>
    public void Dispose()
    {
        X.Dispose();
        LogProb.Dispose();
    }

    internal FlowState MoveToOuterDisposeScope() => new(X.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope());
}
