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
/// A feature has a peak where one value is so frequent that its density after the noise w alone would exceed 10/σ, 25 times that of a
/// normal: zeros among positive amounts, for example. Features without one need less noise, since they have a density already.
/// </remarks>
public sealed class Smoothing : BijectionFit
{
    internal const string Kind = "smoothing";
    private const int MaxRowsForGaps = 20_000;
    private const double SmallestRelativeGap = 1e-5;
    private const double HighestDensity = 10;
    private readonly double _share;
    private readonly double _shareWithoutPeaks;

    /// <summary>Creates the fit.</summary>
    /// <param name="share">Deviation h of the normal noise as a share of each feature's deviation, from 0 to 1; default 0.1.</param>
    /// <param name="shareWithoutPeaks">The same for features without peaks; null (default) for the same share.</param>
    /// <exception cref="ArgumentOutOfRangeException">A share is outside [0, 1].</exception>
    public Smoothing(double share = 0.1, double? shareWithoutPeaks = null)
    {
        TensorChecks.RequireOption(share, 0, 1);
        TensorChecks.RequireOption(shareWithoutPeaks ?? share, 0, 1, nameof(shareWithoutPeaks));
        (_share, _shareWithoutPeaks) = (share, shareWithoutPeaks ?? share);
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
        var share = parts[2].to(float64).Mul(_share - _shareWithoutPeaks).Add(_shareWithoutPeaks);
        return new SmoothingBijection(parts[0], parts[1].mul(share), parts[3].sum().item<long>());
    }

    /// <summary>Width and deviation of each feature, whether it has a peak, and whether it is constant.</summary>
    private static Tensor[] Widths(Tensor data, Tensor some)
    {
        var first = data[0];
        var constant = data.eq(first).all(0);
        var (sorted, _) = some.sort(0);
        var deviation = TypicalDeviation.Of(data, sorted).MaskedFill(constant, 0);
        var size = first.abs();
        var constantWidth = where(first.eq(first.round()), size.Mul(1e-6).ClampMin(1), size);
        var width = where(constant, constantWidth, SmallestGaps(sorted));
        // Two equal values are chance; a value's density is its share of the rows over the width that it is spread to.
        var density = LongestRuns(sorted).Sub(1).Div(sorted.shape[0]).mul(deviation).div(width.ClampMin(double.Epsilon));
        return [width, deviation, density.Gt(HighestDensity), constant];
    }

    /// <summary>How often the most frequent value of each feature occurs.</summary>
    private static Tensor LongestRuns(Tensor sorted)
    {
        var rows = sorted.shape[0];
        var place = TensorFactories.Arange(rows, int64).unsqueeze(1).expand_as(sorted);
        if (rows < 2)
        {
            return ones(sorted.shape[1], dtype: float64);
        }

        var isNew = sorted.narrow(0, 1, rows - 1).ne(sorted.narrow(0, 0, rows - 1));
        // Where the run of equal values that a row belongs to began.
        var begin = cat([zeros_like(place[..1]), where(isNew, place[1..], zeros_like(place[1..]))]).cummax(0).values;
        return place.sub(begin).amax([0L]).Add(1).to(float64);
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
