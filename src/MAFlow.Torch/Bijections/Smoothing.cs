using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Makes a density exist for any table: training sees each feature as x + w(u - ½) + hσε, u uniform, ε normal; scoring sees x itself.
/// </summary>
/// <remarks>
/// Counts, categories, repeated and constant values have no density, and maximum likelihood would put ever higher spikes on them. The
/// density that is learnt is that of the data after convolution with this noise, as in a kernel estimate. The width w is the smallest gap
/// between two values of the feature, so a density of whole numbers agrees with their probability. For continuous features w vanishes, and
/// the share h of the deviation σ remains.
/// A constant feature gets the width 1 if its value is a whole number, else the size of that value: any other value lowers the likelihood.
/// </remarks>
public sealed class Smoothing : BijectionFit
{
    internal const string Kind = "smoothing";
    private const int MaxRowsForGaps = 20_000;
    private const double SmallestRelativeGap = 1e-5;
    private readonly double _share;

    /// <summary>Creates the fit.</summary>
    /// <param name="share">Deviation h of the normal noise as a share of each feature's deviation, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1].</exception>
    public Smoothing(double share = 0.1)
    {
        TensorChecks.RequireOption(share, 0, 1);
        _share = share;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var sample = RowSample.Draw(data.shape[0]);
        return Fit(data, sample, default);
    }

    internal override Bijection Fit(Tensor data, RowSample sample, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequireFinite(data, "the data");
        var parts = FeatureBlocks.Of(data, limits, block => Widths(block, sample.Of(block, MaxRowsForGaps)));
        return new SmoothingBijection(parts[0], parts[1].Mul(_share), parts[2].sum().item<long>());
    }

    /// <summary>Width and deviation of each feature, and whether it is constant.</summary>
    private static Tensor[] Widths(Tensor data, Tensor some)
    {
        var first = data[0];
        var constant = data.eq(first).all(0);
        var (sorted, _) = some.sort(0);
        var deviation = TypicalDeviation.Of(data, sorted).MaskedFill(constant, 0);
        var size = first.abs();
        var constantWidth = where(first.eq(first.round()), size.Mul(1e-6).ClampMin(1), size);
        return [where(constant, constantWidth, SmallestGaps(sorted)), deviation, constant];
    }

    private static Tensor SmallestGaps(Tensor sorted)
    {
        var rows = sorted.shape[0];
        if (rows < 2)
        {
            return zeros(sorted.shape[1], dtype: float64);
        }

        var gaps = sorted.narrow(0, 1, rows - 1).sub(sorted.narrow(0, 0, rows - 1));
        var range = sorted[rows - 1].sub(sorted[0]);
        var ties = gaps.le(range.Mul(SmallestRelativeGap));
        var smallest = gaps.MaskedFill(ties, double.PositiveInfinity).amin([0L]);
        return where(smallest.isfinite(), smallest, zeros_like(smallest));
    }
}
