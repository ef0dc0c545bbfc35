namespace MAFlow.Torch.Estimation;

/// <summary>What importance weighting makes of samples of a flow.</summary>
public sealed class ImportanceEstimate : PartitionEstimate
{
    internal const int MinSamples = 64;

    private ImportanceEstimate(
        int samples,
        Estimate logPartition,
        double effectiveSampleFraction,
        double paretoShape,
        IReadOnlyDictionary<string, Estimate> observables,
        BlockMeans blocks)
        : base(
            logPartition,
            new Reliability()
                .Require(
                    paretoShape <= Reliability.MaxParetoShape,
                    $"Pareto k̂ = {paretoShape:F2} is above {Reliability.MaxParetoShape}: a few weights decide; anneal, or train longer")
                .Require(
                    effectiveSampleFraction * samples >= Reliability.MinEffectiveSamples,
                    $"{effectiveSampleFraction * samples:F0} effective samples, fewer than {Reliability.MinEffectiveSamples}; draw more"),
            observables,
            blocks) =>
        (Samples, EffectiveSampleFraction, ParetoShape) = (samples, effectiveSampleFraction, paretoShape);

    /// <summary>Number n of samples.</summary>
    public int Samples { get; }

    /// <summary>(Σw)² / (n Σw²).</summary>
    /// <value>From 1/n to 1.</value>
    public double EffectiveSampleFraction { get; }

    /// <summary>k̂ of the weights' tail.</summary>
    /// <value>Up to 0.7 for error bars that mean something; negative infinity for equal weights.</value>
    public double ParetoShape { get; }

    /// <summary>Estimates from weights; the errors are those of a ratio of means to first order.</summary>
    internal static ImportanceEstimate Of(IReadOnlyList<double> logWeights, IReadOnlyDictionary<string, List<double>> observables)
    {
        var largest = logWeights.Max();
        var weights = logWeights.Select(value => Math.Exp(value - largest)).ToArray();
        var (mean, sum) = (Estimate.OfIndependent(weights), weights.Sum());
        var means = observables.ToDictionary(pair => pair.Key, pair =>
        {
            var average = weights.Zip(pair.Value, (weight, value) => weight * value).Sum() / sum;
            var squares = weights.Zip(pair.Value, (weight, value) => Math.Pow(weight * (value - average), 2)).Sum();
            return new Estimate(average, Math.Sqrt(squares) / sum);
        });
        return new(
            weights.Length,
            new(largest + Math.Log(mean.Value), mean.StandardError / mean.Value),
            sum * sum / (weights.Length * weights.Sum(weight => weight * weight)),
            ParetoTail.Shape(logWeights),
            means,
            Parts(weights, observables));
    }

    private static BlockMeans Parts(double[] weights, IReadOnlyDictionary<string, List<double>> observables)
    {
        const int count = MinSamples / 2;
        int Start(int part) => (int)((long)part * weights.Length / count);
        double Sum(int part, Func<int, double> term) => Enumerable.Range(Start(part), Start(part + 1) - Start(part)).Sum(term);
        // The smallest double keeps a part without weight from dividing zero by zero.
        double[] totals = [.. Enumerable.Range(0, count).Select(part => Math.Max(Sum(part, i => weights[i]), double.Epsilon))];
        return new(totals, observables.ToDictionary(
            pair => pair.Key,
            pair => Enumerable.Range(0, count).Select(part => Sum(part, i => weights[i] * pair.Value[i]) / totals[part]).ToArray()));
    }
}
