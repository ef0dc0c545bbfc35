using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A transport whose depth was chosen row by row, with what it cost and the accuracy it reached.</summary>
/// <param name="State">Points [B, N] and log-densities [B] in nats, extrapolated.</param>
/// <param name="EstimatedError">Estimated error of each log-density before extrapolation, in nats, shape [B]; above the tolerance, or NaN, only where the largest depth was reached.</param>
/// <param name="Depth">Depth at which each row was accepted, shape [B], int64.</param>
/// <param name="Steps">Runge-Kutta steps taken, summed over rows: divide by B for the cost per row.</param>
public readonly record struct ToleranceSolution(FlowState State, Tensor EstimatedError, Tensor Depth, long Steps) : IDisposable
{
    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        State.Dispose();
        EstimatedError?.Dispose();
        Depth?.Dispose();
    }
}
