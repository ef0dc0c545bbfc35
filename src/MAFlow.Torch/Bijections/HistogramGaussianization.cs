using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Maps every coordinate of the unit cube to a standard normal by its own histogram: y = Φ⁻¹(F(x)), ln |dy/dx| = ln F'(x) + ½y² + ½ ln 2π.
/// </summary>
/// <remarks>
/// F is the feature's distribution function, linear within each of the equal bins of [0, 1]; with as many bins as a <see
/// cref="UniformDequantization"/>
/// before it has levels, it is the exact one of dequantised data. This is the Brenier map between products of one-dimensional densities, as
/// <see cref="AffineGaussianization"/> is between Gaussians: it leaves the flow with what coordinates have to do with each other. It takes
/// the place of a logit.
/// </remarks>
public sealed class HistogramGaussianization : BijectionFit
{
    internal const string Kind = "histogram-gaussianization";
    private const int RowsPerBlock = 8_192;
    private readonly int _bins;
    private readonly double _pseudoCounts;

    /// <summary>Creates the fit.</summary>
    /// <param name="bins">Number of equal bins of [0, 1], from 2 to 65,536: the number of levels of quantised data.</param>
    /// <param name="pseudoCounts">
    /// Number of rows, positive, as which the histogram of all features together counts in each feature's own: no bin is left empty.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public HistogramGaussianization(int bins = 256, double pseudoCounts = 3)
    {
        TensorChecks.RequireOption(bins, 2, HistogramBijection.MaxBins);
        TensorChecks.RequireOption(pseudoCounts, 1e-6, 1e9);
        (_bins, _pseudoCounts) = (bins, pseudoCounts);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value lies outside [0, 1].</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        UnitInterval.Require(data, "the histograms", "them");
        var (rows, width) = (data.shape[0], data.shape[1]);
        var counts = zeros(width * _bins, dtype: float64);
        var offsets = TensorFactories.Arange(width, int64).Mul(_bins);
        for (var start = 0L; start < rows; start += RowsPerBlock)
        {
            using var block = NewDisposeScope();
            var bin = HistogramBijection.BinOf(data.narrow(0, start, Math.Min(RowsPerBlock, rows - start)), _bins).Add(offsets).flatten();
            counts.index_add_(0, bin, ones_like(bin, dtype: float64), Scalars.One);
        }

        var own = counts.view(width, _bins);
        // One count for the bins that no feature ever fills.
        var pooled = own.sum([0L]).Add(1.0 / _bins);
        return new HistogramBijection(own.Add(pooled.Mul(_pseudoCounts).div(pooled.sum())).Div(rows + _pseudoCounts));
    }
}
