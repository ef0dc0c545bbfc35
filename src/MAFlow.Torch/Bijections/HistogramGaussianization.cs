using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Maps every coordinate of the unit cube to a standard normal by its own histogram: y = Φ⁻¹(F(x)), ln |dy/dx| = ln F'(x) + ½y² + ½ ln 2π.</summary>
/// <remarks>
/// F is the feature's distribution function, linear within each of the equal bins of [0, 1]; with as many bins as a <see cref="UniformDequantization"/> before it has levels,
/// it is the exact one of dequantised data. This is the Brenier map between products of one-dimensional densities, as <see cref="AffineGaussianization"/> is between Gaussians:
/// it leaves the flow with what coordinates have to do with each other. It takes the place of a logit.
/// </remarks>
public sealed class HistogramGaussianization : PreprocessingStep
{
    internal const string Kind = "histogram-gaussianization";
    private const int RowsPerBlock = 8_192;

    /// <summary>Creates the step.</summary>
    /// <param name="bins">Number of equal bins of [0, 1], from 2 to 65,536: the number of levels of quantised data.</param>
    /// <param name="pseudoCounts">Number of rows, positive, as which the histogram of all features together counts in each feature's own: no bin is left empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public HistogramGaussianization(int bins = 256, double pseudoCounts = 3)
    {
        TensorChecks.RequireOption(bins, 2, 1 << 16);
        TensorChecks.RequireOption(pseudoCounts, 1e-6, 1e9);
        (Bins, PseudoCounts) = (bins, pseudoCounts);
    }

    /// <summary>Number of equal bins of [0, 1].</summary>
    public int Bins { get; }

    /// <summary>Weight of the histogram of all features, in rows.</summary>
    public double PseudoCounts { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value lies outside [0, 1].</exception>
    public override DataTransform Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        Transform.RequireUnitInterval(data);
        var (rows, width) = (data.shape[0], data.shape[1]);
        var counts = zeros(width * Bins, dtype: float64);
        var offsets = TensorFactories.Arange(width, int64).Mul(Bins);
        for (var start = 0L; start < rows; start += RowsPerBlock)
        {
            using var block = NewDisposeScope();
            var bin = Transform.BinOf(data.narrow(0, start, Math.Min(RowsPerBlock, rows - start)), Bins).Add(offsets).flatten();
            counts.index_add_(0, bin, ones_like(bin, dtype: float64), Scalars.One);
        }

        var own = counts.view(width, Bins);
        // One count for the bins that no feature ever fills.
        var pooled = own.sum([0L]).Add(1.0 / Bins);
        var probability = own.Add(pooled.Mul(PseudoCounts).div(pooled.sum())).Div(rows + PseudoCounts);
        return new Transform(probability.DetachFromDisposeScope());
    }

    internal static DataTransform Restore(StoredComponent stored)
    {
        using var scope = NewDisposeScope();
        var probability = stored.Tensor("probability");
        if (probability.dtype != ScalarType.Float64 || probability.dim() != 2 || probability.shape[0] == 0 || probability.shape[1] is < 2 or > 1 << 16
            || !probability.Gt(0).all().item<bool>() || !probability.sum([1L]).Sub(1).abs().max().Le(1e-6).item<bool>())
        {
            throw new FormatException($"Expected positive float64 probabilities [N, bins] that sum to 1 in the stored {Kind}; the file is damaged.");
        }

        return new Transform(probability.clone().DetachFromDisposeScope());
    }

    private sealed class Transform : DataTransform
    {
        // Beyond this no double lies between F and 1, and y would be infinite.
        private const double Edge = 1e-15;
        private readonly Tensor _probability;
        private readonly Tensor _below;

        /// <param name="probability">Of each feature's bins, shape [N, bins].</param>
        public Transform(Tensor probability)
            : base(HistogramGaussianization.Kind)
        {
            using var scope = NewDisposeScope();
            _probability = probability;
            _below = probability.cumsum(1).sub(probability).DetachFromDisposeScope();
        }

        internal override long? Dimension => _probability.shape[0];

        private long Bins => _probability.shape[1];

        public static void RequireUnitInterval(Tensor x)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequireFinite(x, "the data");
            var (low, high) = (x.min().item<double>(), x.max().item<double>());
            if (low < 0 || high > 1)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"Expected values from 0 to 1 before the histograms, got values from {low} to {high}; put a UniformDequantization before them, or scale the data."));
            }
        }

        /// <summary>Index of the bin of each value, shape [B, N].</summary>
        public static Tensor BinOf(Tensor x, long bins)
        {
            using var scope = NewDisposeScope();
            return x.detach().Mul(bins).floor().Clamp(0, bins - 1).to(int64).MoveToOuterDisposeScope();
        }

        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequirePoints(x, _probability.shape[0]);
            RequireUnitInterval(x);
            var bin = BinOf(x, Bins);
            var (mass, start) = (_probability.t().gather(0, bin), _below.t().gather(0, bin));
            var y = NormalQuantile(start.Add(mass.mul(x.Mul(Bins).sub(bin))));
            var logDeterminant = mass.log().Add(y.Square().Mul(0.5)).sum([1L]).Add(x.shape[1] * (Math.Log(Bins) + (0.5 * Math.Log(2 * Math.PI))));
            return new TransformedPoints(y, logDeterminant).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y)
        {
            using var scope = NewDisposeScope();
            var share = y.Div(-Math.Sqrt(2)).erfc().Mul(0.5);
            var bin = searchsorted(_below, share.t().contiguous(), right: true).Sub(1).Clamp(0, Bins - 1).t();
            var (mass, start) = (_probability.t().gather(0, bin), _below.t().gather(0, bin));
            return share.sub(start).div(mass).Clamp(0, 1).Add(bin).Div(Bins).MoveToOuterDisposeScope();
        }

        internal override StoredComponent Store() => new(Kind, new JsonObject(), new Dictionary<string, Tensor> { ["probability"] = _probability });

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            _probability.Dispose();
            _below.Dispose();
        }

        private static Tensor NormalQuantile(Tensor share)
        {
            using var scope = NewDisposeScope();
            return share.Clamp(Edge, 1 - Edge).Mul(2).Sub(1).erfinv().Mul(Math.Sqrt(2)).MoveToOuterDisposeScope();
        }
    }
}
