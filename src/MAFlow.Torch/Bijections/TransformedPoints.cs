using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Transformed points with the logarithm of the volume change.</summary>
/// <param name="Y">Points, shape [B, N].</param>
/// <param name="LogDeterminant">ln |det ∂y/∂x| of each row in nats, shape [B]: ln p(x) = ln p(y) + ln |det ∂y/∂x|.</param>
public readonly record struct TransformedPoints(Tensor Y, Tensor LogDeterminant)
{
    internal TransformedPoints MoveToOuterDisposeScope() => new(Y.MoveToOuterDisposeScope(), LogDeterminant.MoveToOuterDisposeScope());
}
