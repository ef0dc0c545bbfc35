using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A mixture of Gaussians for each of n features, fitted by expectation maximisation.</summary>
/// <param name="Weight">π, shape [n, K]; 0 where a feature has fewer components.</param>
/// <param name="Mean">μ, shape [n, K].</param>
/// <param name="Deviation">σ, shape [n, K].</param>
/// <remarks>
/// Each variance counts <see cref="PriorRows"/> more rows of the spacing of the components, so that none shrinks onto a single value.
/// Dempster, Laird, Rubin (1977); the prior is that of Fraley, Raftery (2007) for one dimension.
/// </remarks>
internal sealed record Mixture(Tensor Weight, Tensor Mean, Tensor Deviation)
{
    private const int Iterations = 60;
    private const double PriorRows = 2;
    private const double SmallestSpacing = 1e-3;

    /// <summary>Fits so many components to each feature.</summary>
    /// <param name="rows">Shape [R, n], float64.</param>
    /// <param name="components">K, at least 1.</param>
    /// <param name="padding">Number of components to fill up to with empty ones.</param>
    public static Mixture Fit(Tensor rows, int components, int padding)
    {
        using var scope = NewDisposeScope();
        var (weight, mean, deviation) = Start(rows, components);
        var prior = deviation.Square();
        var points = rows.unsqueeze(-1);
        for (var i = 0; i < Iterations; i++)
        {
            using var step = NewDisposeScope();
            var unit = points.sub(mean).div(deviation);
            var share = unit.Square().Mul(-0.5).Add(weight.log().sub(deviation.log())).softmax(-1);
            var count = share.sum([0L]);
            var sum = share.mul(points).sum([0L]);
            var average = sum.div(count.ClampMin(1e-9));
            var squares = share.mul(points.sub(average).Square()).sum([0L]);
            var variance = squares.Add(prior.Mul(PriorRows)).div(count.Add(PriorRows));
            // Half a row for each component: none dies out for good, which would make the result depend on where it started.
            weight = count.Add(0.5).Div(rows.shape[0] + (0.5 * components)).MoveToOuterDisposeScope();
            (mean, deviation) = (average.MoveToOuterDisposeScope(), variance.sqrt().MoveToOuterDisposeScope());
        }

        return new Mixture(Padded(weight, padding, 0), Padded(mean, padding, 0), Padded(deviation, padding, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean ln p of rows [R, n], shape [n].</summary>
    public Tensor LogLikelihood(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var unit = rows.unsqueeze(-1).sub(Mean).div(Deviation);
        return unit.Square().Mul(-0.5).Add(Weight.log().sub(Deviation.log())).logsumexp(-1)
            .mean([0L]).Sub(NormalTail.LogNorm).MoveToOuterDisposeScope();
    }

    /// <summary>This mixture for the features that a mask [n] names, another for the rest.</summary>
    public Mixture Where(Tensor mask, Mixture other)
    {
        using var scope = NewDisposeScope();
        var each = mask.unsqueeze(1);
        return new Mixture(
            where(each, Weight, other.Weight),
            where(each, Mean, other.Mean),
            where(each, Deviation, other.Deviation)).MoveToOuterDisposeScope();
    }

    public Mixture MoveToOuterDisposeScope() => new(
        Weight.MoveToOuterDisposeScope(), Mean.MoveToOuterDisposeScope(), Deviation.MoveToOuterDisposeScope());

    /// <summary>Components at the quantiles, from three on those of the least and the greatest value too, so that a value far from all
    /// others gets one of its own; as wide as the distance of their neighbours.</summary>
    private static Mixture Start(Tensor rows, int components)
    {
        var order = TensorFactories.Arange(components, float64, CPU);
        var levels = components < 3 ? order.Add(0.5).Div(components) : order.Div(components - 1);
        var mean = rows.quantile(levels, dim: 0).t().contiguous();
        var quartiles = rows.quantile(tensor([0.05, 0.95], dtype: float64), dim: 0);
        var range = quartiles[1].sub(quartiles[0]);
        var deviation = rows.std(0, unbiased: false);
        // Where most values are one and the same, the quantiles say nothing about the scale.
        var scale = where(range.Gt(0), range.Div(3.3), deviation).minimum(deviation);
        var spacing = scale.Mul(Math.Max(1.0 / components, SmallestSpacing)).unsqueeze(1).expand_as(mean).contiguous();
        return new(mean.FullLike(1.0 / components), mean, spacing);
    }

    private static Tensor Padded(Tensor values, int width, double filler)
    {
        var missing = width - values.shape[1];
        var empty = TensorFactories.Full(values.shape[0], filler, float64).unsqueeze(1).expand(-1, missing);
        return missing == 0 ? values : cat([values, empty], 1);
    }
}
