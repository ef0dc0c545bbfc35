using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Latent codes and log-densities whose depth was chosen row by row, with the accuracy they reached and what they cost.</summary>
/// <remarks>The caller disposes it, or a DisposeScope does.</remarks>
public sealed class ToleranceSolution : IDisposable
{
    internal ToleranceSolution(Tensor z, Tensor logProb, Tensor estimatedError, Tensor depth, Tensor isConverged, long steps) =>
        (Z, LogProb, EstimatedError, Depth, IsConverged, Steps) = (z, logProb, estimatedError, depth, isConverged, steps);

    /// <summary>Latent codes, extrapolated, shape [B, N].</summary>
    public Tensor Z { get; }

    /// <summary>ln p(x) in nats, extrapolated, shape [B].</summary>
    public Tensor LogProb { get; }

    /// <summary>Estimated error of each log-density before extrapolation, in nats, shape [B].</summary>
    /// <value>Above the tolerance, or NaN, only where <see cref="IsConverged"/> is false.</value>
    public Tensor EstimatedError { get; }

    /// <summary>Depth at which each row was accepted, shape [B], int64.</summary>
    public Tensor Depth { get; }

    /// <summary>Which rows reached the tolerance, shape [B], Boolean; at the others the largest depth was not enough.</summary>
    public Tensor IsConverged { get; }

    /// <summary>Integration steps taken, summed over rows: divide by B for the cost per row.</summary>
    internal long Steps { get; }

    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in new[] { Z, LogProb, EstimatedError, Depth, IsConverged })
        {
            tensor.Dispose();
        }
    }

    internal ToleranceSolution MoveToOuterDisposeScope()
    {
        foreach (var tensor in new[] { Z, LogProb, EstimatedError, Depth, IsConverged })
        {
            tensor.MoveToOuterDisposeScope();
        }

        return this;
    }
}
