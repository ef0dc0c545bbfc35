using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Finds the depth at which a density model's likelihood stands still: that at depth d and at 2d agree.</summary>
/// <param name="model">The model.</param>
/// <param name="rows">Rows to compare on, of which the first few hundred are used.</param>
/// <param name="tolerance">Largest difference of the means in nats; null takes every depth as it is.</param>
/// <param name="maxDepth">Largest depth.</param>
internal sealed class DepthRefinement(DensityModel model, Tensor rows, double? tolerance, int maxDepth)
{
    private const long MostRows = 256;

    /// <summary>The smallest depth d 2^k that suffices, with the difference that was found at d.</summary>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public (int Depth, double Difference) Find(int depth, CancellationToken cancellation)
    {
        if (tolerance is not { } limit)
        {
            return (depth, 0);
        }

        using var scope = NewDisposeScope();
        var few = rows.narrow(0, 0, Math.Min(MostRows, rows.shape[0]));
        double Mean(int steps) => model.Evaluate(few, depth: steps, cancellationToken: cancellation).MeanNll;
        var (coarse, fine) = (Mean(depth), Mean(2 * depth));
        var difference = Math.Abs(fine - coarse);
        // A difference that is no number is for the loss guard to find.
        while (Math.Abs(fine - coarse) > limit && 2 * depth <= maxDepth)
        {
            depth *= 2;
            (coarse, fine) = (fine, Mean(2 * depth));
        }

        return (depth, difference);
    }
}
