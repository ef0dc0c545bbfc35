using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Points of the model with log-density and score.</summary>
/// <param name="X">Points, shape [B, N].</param>
/// <param name="LogProb">ln p(x) in nats, shape [B].</param>
/// <param name="Score">∇ₓ ln p(x), shape [B, N].</param>
internal readonly record struct ScoredState(Tensor X, Tensor LogProb, Tensor Score)
{
    public ScoredState MoveToOuterDisposeScope() =>
        new(X.MoveToOuterDisposeScope(), LogProb.MoveToOuterDisposeScope(), Score.MoveToOuterDisposeScope());
}
