using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>A solve whose depth was chosen row by row.</summary>
/// <param name="Points">Extrapolated, shape [B, N].</param>
/// <param name="LogProb">ln p(x) in nats, extrapolated, shape [B].</param>
/// <param name="EstimatedError">Of each log-density before extrapolation, in nats, shape [B].</param>
/// <param name="Depth">At which each row was accepted, shape [B], int64.</param>
/// <param name="IsConverged">Which rows reached the tolerance, shape [B], Boolean.</param>
/// <param name="Steps">Integration steps taken, summed over rows.</param>
internal sealed record ToleranceSolution(
    Tensor Points, Tensor LogProb, Tensor EstimatedError, Tensor Depth, Tensor IsConverged, long Steps)
{
    public ToleranceSolution MoveToOuterDisposeScope()
    {
        foreach (var tensor in new[] { Points, LogProb, EstimatedError, Depth, IsConverged })
        {
            tensor.MoveToOuterDisposeScope();
        }

        return this;
    }
}
