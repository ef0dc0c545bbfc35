namespace MAFlow.Torch.Bijections;

/// <summary>A mixture of K Gaussians for one feature, fitted by expectation maximisation.</summary>
/// <param name="Weight">π, K numbers that sum to 1.</param>
/// <param name="Mean">μ.</param>
/// <param name="Deviation">σ.</param>
/// <remarks>
/// Each variance counts <see cref="PriorRows"/> more rows of the spacing of the components, so that none shrinks onto a single value.
/// Both steps are one pass over the rows, four at a time on every processor, so that the numbers are the same on all of them.
/// Dempster, Laird, Rubin (1977); the prior is that of Fraley, Raftery (2007) for one dimension.
/// </remarks>
internal sealed record FeatureMixture(double[] Weight, double[] Mean, double[] Deviation)
{
    private const int MaxIterations = 100;
    private const int IterationsToChoose = 25;
    private const double SmallestGain = 2e-5;
    internal const double PriorRows = 2;
    private const double SmallestSpacing = 1e-3;

    /// <summary>Fits so many components.</summary>
    /// <param name="rows">The values in any order.</param>
    /// <param name="components">K, at least 1.</param>
    public static FeatureMixture Fit(double[] rows, int components) => Fit(rows, components, MaxIterations);

    /// <summary>The same with fewer iterations, which are enough to choose the number of components by.</summary>
    public static FeatureMixture FitRoughly(double[] rows, int components) => Fit(rows, components, IterationsToChoose);

    private static FeatureMixture Fit(double[] rows, int components, int iterations)
    {
        var mixture = Start(rows, components);
        var prior = Array.ConvertAll(mixture.Deviation, deviation => PriorRows * deviation * deviation);
        var last = double.NegativeInfinity;
        for (var i = 0; i < iterations; i++)
        {
            var sums = new MixtureSums(components);
            var likelihood = sums.Add(rows, mixture) / rows.Length;
            if (likelihood - last < SmallestGain)
            {
                break;
            }

            last = likelihood;
            mixture = sums.Maximised(mixture, prior, rows.Length);
        }

        return mixture;
    }

    /// <summary>Mean ln p of values.</summary>
    public double LogLikelihood(double[] rows) => (new MixtureSums(Mean.Length).Add(rows, this) / rows.Length) - NormalTail.LogNorm;

    /// <summary>Components at the quantiles, from three on those of the least and the greatest value too, so that a value far from all
    /// others gets one of its own; as wide as the distance of their neighbours.</summary>
    private static FeatureMixture Start(double[] rows, int components)
    {
        double[] sorted = [.. rows.Order()];
        double Quantile(double level)
        {
            var place = level * (sorted.Length - 1);
            var below = Math.Min((int)place, sorted.Length - 1);
            return double.Lerp(sorted[below], sorted[Math.Min(below + 1, sorted.Length - 1)], place - below);
        }

        var range = Quantile(0.95) - Quantile(0.05);
        var average = rows.Average();
        var deviation = Math.Sqrt(rows.Average(x => (x - average) * (x - average)));
        // Where most values are one and the same, the quantiles say nothing about the scale.
        var scale = range > 0 ? Math.Min(range / 3.3, deviation) : deviation;
        var spacing = scale * Math.Max(1.0 / components, SmallestSpacing);
        var order = Enumerable.Range(0, components);
        return new(
            [.. order.Select(_ => 1.0 / components)],
            [.. order.Select(k => Quantile(components < 3 ? (k + 0.5) / components : k / (components - 1.0)))],
            [.. order.Select(_ => spacing)]);
    }
}
