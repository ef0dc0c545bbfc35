using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Makes a density exist for any table: training sees each feature as x + w(u - ½) + hσε, u uniform, ε normal; scoring sees x itself.</summary>
/// <remarks>
/// Counts, categories, repeated and constant values have no density, and maximum likelihood would put ever higher spikes on them. What is learnt is
/// the density of the data after convolution with this noise, as in a kernel estimate. The width w is the smallest gap between two values of the
/// feature, so a density of whole numbers agrees with their probability; for continuous features it vanishes and the share h of the deviation σ remains.
/// A constant feature gets the width 1 if its value is a whole number, else the size of that value: any other value lowers the likelihood.
/// </remarks>
public sealed class Smoothing : PreprocessingStep
{
    internal const string Kind = "smoothing";
    private const int MostRowsForGaps = 20_000;
    private const double SmallestRelativeGap = 1e-5;

    /// <summary>Creates the step.</summary>
    /// <param name="share">Deviation h of the normal noise as a share of each feature's deviation, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1].</exception>
    public Smoothing(double share = 0.1)
    {
        TensorChecks.RequireOption(share, 0, 1);
        Share = share;
    }

    /// <summary>Deviation h of the normal noise as a share of each feature's deviation.</summary>
    public double Share { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public override DataTransform Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequireFinite(data, "the data");
        var first = data[0];
        var constant = data.eq(first).all(0);
        var mean = data.mean([0L]);
        var deviation = data.sub(mean).Square().mean([0L]).sqrt().MaskedFill(constant, 0);
        var size = first.abs();
        var constantWidth = where(first.eq(first.round()), size.Mul(1e-6).ClampMin(1), size);
        var width = where(constant, constantWidth, SmallestGaps(data));
        return new Transform(width.DetachFromDisposeScope(), deviation.Mul(Share).DetachFromDisposeScope(), constant.sum().item<long>());
    }

    internal static DataTransform Restore(StoredComponent stored)
    {
        var (width, deviation) = (stored.Tensor("width"), stored.Tensor("deviation"));
        FeatureMoments.RequireValid(width, deviation.abs().Add(1), Kind);
        return new Transform(width.clone().DetachFromDisposeScope(), deviation.clone().DetachFromDisposeScope(), 0);
    }

    private static Tensor SmallestGaps(Tensor data)
    {
        var rows = data.shape[0];
        var some = rows <= MostRowsForGaps ? data : data.narrow(0, 0, MostRowsForGaps);
        if (rows < 2)
        {
            return zeros(data.shape[1], dtype: float64);
        }

        var (sorted, _) = some.sort(0);
        var gaps = sorted.narrow(0, 1, some.shape[0] - 1).sub(sorted.narrow(0, 0, some.shape[0] - 1));
        var range = sorted[some.shape[0] - 1].sub(sorted[0]);
        var ties = gaps.le(range.Mul(SmallestRelativeGap));
        var smallest = gaps.MaskedFill(ties, double.PositiveInfinity).amin([0L]);
        return where(smallest.isfinite(), smallest, zeros_like(smallest));
    }

    private sealed class Transform(Tensor width, Tensor deviation, long constants) : DataTransform(Smoothing.Kind)
    {
        public override string? Remark => constants == 0 ? null
            : $"{constants} of {width.shape[0]} features are constant; they tell nothing but that any other value is unusual.";

        public override TransformedPoints Forward(Tensor x, Generator? noise = null)
        {
            using var scope = NewDisposeScope();
            TensorChecks.RequirePoints(x, width.shape[0]);
            var y = noise is null ? x.alias() : x
                .Add(rand(x.shape, dtype: float64, generator: noise).Sub(0.5).mul(width))
                .Add(randn(x.shape, dtype: float64, generator: noise).mul(deviation));
            return new TransformedPoints(y, zeros(x.shape[0], dtype: float64)).MoveToOuterDisposeScope();
        }

        public override Tensor Inverse(Tensor y) => y.alias();

        internal override StoredComponent Store() => new(
            Kind, new JsonObject(), new Dictionary<string, Tensor> { ["width"] = width, ["deviation"] = deviation });

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            width.Dispose();
            deviation.Dispose();
        }
    }
}
