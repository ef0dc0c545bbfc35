using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Latent codes and log-densities, both extrapolated, whose depth was chosen row by row, with the accuracy they reached.</summary>
/// <remarks>The caller disposes it, or a DisposeScope does.</remarks>
public sealed class EncodedToTolerance : Encoded
{
    internal EncodedToTolerance(ToleranceSolution solution)
        : base(solution.Points, solution.LogProb) =>
        (EstimatedError, Depth, IsConverged, Steps) = (solution.EstimatedError, solution.Depth, solution.IsConverged, solution.Steps);

    /// <summary>Estimated error of each log-density before extrapolation, in nats, shape [B].</summary>
    /// <value>Above the tolerance, or NaN, only where <see cref="IsConverged"/> is false.</value>
    public Tensor EstimatedError { get; }

    /// <summary>Depth at which each row was accepted, shape [B], int64.</summary>
    public Tensor Depth { get; }

    /// <summary>Which rows reached the tolerance, shape [B], Boolean; at the others the largest depth was not enough.</summary>
    public Tensor IsConverged { get; }

    /// <summary>Integration steps taken, summed over rows: divide by B for the cost per row.</summary>
    internal long Steps { get; }

    private protected override IEnumerable<Tensor> Tensors => [.. base.Tensors, EstimatedError, Depth, IsConverged];
}
