using static TorchSharp.torch;

namespace MnistDensity.Likelihoods;

/// <summary>The depth at which likelihoods are stated: twice as many Runge-Kutta steps hardly change their mean.</summary>
/// <remarks>A coarse integration is not a density: training may exploit it, and its numbers can be too good.</remarks>
/// <param name="Depth">Number d of steps.</param>
/// <param name="ChangeNats">|mean NLL at 2d - mean NLL at d| over the same images, in nats.</param>
/// <param name="IsConverged">Whether the change is below the tolerance; otherwise the search ended at its limit.</param>
public sealed record DepthSearch(int Depth, double ChangeNats, bool IsConverged)
{
    /// <summary>Largest change of the mean, in nats per image.</summary>
    public const double Tolerance = 0.1;

    /// <summary>Largest depth tried.</summary>
    public const int MaximumDepth = 800;

    /// <summary>Doubles the depth until the mean likelihood stands still.</summary>
    /// <param name="scoring">What scores.</param>
    /// <param name="images">Images that decide, shape [rows, 784].</param>
    /// <param name="start">First depth tried.</param>
    /// <param name="progress">Told the share of the current depth's images that is done.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public static DepthSearch Run(Scoring scoring, Tensor images, int start, IProgress<double> progress, CancellationToken cancellationToken)
    {
        double Mean(int depth) => scoring.PixelNats(images, depth, progress, cancellationToken).Average();
        var (depth, nats) = (start, Mean(start));
        while (true)
        {
            var finer = Mean(2 * depth);
            var change = Math.Abs(finer - nats);
            if (change < Tolerance || 4 * depth > MaximumDepth)
            {
                return new(depth, change, change < Tolerance);
            }

            (depth, nats) = (2 * depth, finer);
        }
    }
}
