using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>The default preprocessing of the rows of a conditional density.</summary>
internal static class RowDefaults
{
    private const double FarDeviations = 20;
    private const double LeastSmoothing = 0.01;
    private const double MostSmoothing = 0.3;

    /// <summary>Smoothing of values that repeat, compression of tails with far values, then one scale, and white residuals.</summary>
    /// <param name="rows">y, shape [R, N].</param>
    /// <param name="context">Their contexts [R, C], float64, of unit spread.</param>
    public static IReadOnlyList<BijectionFit> Choose(Tensor rows, Tensor context)
    {
        TensorChecks.RequirePoints(rows, rows.dim() == 2 ? rows.shape[1] : -1);
        TensorChecks.RequireFinite(rows, "the rows");
        using var scope = NewDisposeScope();
        var wide = rows.to(float64, CPU);
        var sorted = wide.sort(0).Values;
        RequireVarying(sorted);
        var fits = new List<BijectionFit>();
        if (Smoothing(sorted) is { } share)
        {
            fits.Add(new Smoothing(share));
        }

        if (HasFarValues(sorted))
        {
            fits.Add(new TailCompression(0.5));
        }

        fits.Add(new Standardization());
        return wide.shape[1] == 1 ? fits : [.. fits, new ResidualGaussianization(context)];
    }

    private static void RequireVarying(Tensor sorted)
    {
        var constant = sorted[^1].eq(sorted[0]).nonzero();
        if (constant.shape[0] > 0)
        {
            var coordinate = constant[0, 0].item<long>();
            throw new ArgumentException(FormattableString.Invariant(
                $"Expected labels that vary, got {sorted[0, coordinate].item<double>()} in all {sorted.shape[0]} rows of coordinate ")
                + $"{coordinate}; there is no density to learn. Check which column is the label, and the filters before this step.");
        }
    }

    /// <summary>Noise as a share of the deviation, where fewer than half of the values of a coordinate differ from each other: a fraction
    /// of the usual gap, since a density of values that repeat grows without bound.</summary>
    private static double? Smoothing(Tensor sorted)
    {
        using var scope = NewDisposeScope();
        var gaps = sorted.narrow(0, 1, sorted.shape[0] - 1).sub(sorted.narrow(0, 0, sorted.shape[0] - 1));
        double? share = null;
        for (var k = 0L; k < sorted.shape[1]; k++)
        {
            var gap = gaps.select(1, k);
            var distinct = gap.masked_select(gap.Gt(0));
            if (2 * (distinct.shape[0] + 1) < sorted.shape[0])
            {
                var relative = 0.3 * distinct.median().item<double>() / sorted.select(1, k).std().item<double>();
                share = Math.Max(share ?? 0, Math.Clamp(relative, LeastSmoothing, MostSmoothing));
            }
        }

        return share;
    }

    private static bool HasFarValues(Tensor sorted)
    {
        using var scope = NewDisposeScope();
        var count = sorted.shape[0];
        var (median, low, high) = (sorted[count / 2], sorted[count / 4], sorted[3 * count / 4]);
        var robust = high.sub(low).Div(1.349);
        var farthest = sorted[^1].sub(median).maximum(median.sub(sorted[0]));
        return farthest.gt(robust.Mul(FarDeviations)).any().item<bool>();
    }
}
