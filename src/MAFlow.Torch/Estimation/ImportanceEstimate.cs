namespace MAFlow.Torch.Estimation;

/// <summary>What importance weighting makes of samples of a flow.</summary>
/// <param name="Samples">Number n of samples.</param>
/// <param name="LogPartition">ln Z with its error bar.</param>
/// <param name="EffectiveSampleFraction">(Σw)² / (n Σw²).</param>
/// <param name="ParetoShape">k̂ of the weights' tail.</param>
/// <param name="Observables">Weighted means by name.</param>
/// <param name="Blocks">Weighted means over parts of the sample, for functions of several means.</param>
public sealed record ImportanceEstimate(
    int Samples, Estimate LogPartition, double EffectiveSampleFraction, double ParetoShape, IReadOnlyDictionary<string, Estimate> Observables, BlockMeans Blocks)
{
    /// <summary>Fewest effective samples that are reported as reliable.</summary>
    public const double ReliableEffectiveSamples = 100;

    internal const int FewestSamples = 64;

    /// <summary>Why the error bars are not to be trusted; empty where nothing speaks against them.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            if (!(ParetoShape <= ParetoTail.ReliableShape))
            {
                problems.Add(FormattableString.Invariant($"Pareto k̂ = {ParetoShape:F2} is above {ParetoTail.ReliableShape}: a few weights decide; anneal, or train longer"));
            }

            if (!(EffectiveSampleFraction * Samples >= ReliableEffectiveSamples))
            {
                problems.Add(FormattableString.Invariant($"{EffectiveSampleFraction * Samples:F0} effective samples, fewer than {ReliableEffectiveSamples}; draw more"));
            }

            return problems;
        }
    }

    /// <summary>Whether the weights let the error bars be trusted.</summary>
    /// <remarks>Necessary, not sufficient: mass that the flow never visits leaves no trace in its weights.</remarks>
    public bool IsReliable => Problems.Count == 0;

    /// <summary>Estimates from weights; the errors are those of a ratio of means to first order.</summary>
    internal static ImportanceEstimate Of(IReadOnlyList<double> logWeights, IReadOnlyDictionary<string, IReadOnlyList<double>> observables)
    {
        var largest = logWeights.Max();
        var weights = logWeights.Select(value => Math.Exp(value - largest)).ToArray();
        var (mean, sum) = (Estimate.OfIndependent(weights), weights.Sum());
        var means = observables.ToDictionary(pair => pair.Key, pair =>
        {
            var average = weights.Zip(pair.Value, (weight, value) => weight * value).Sum() / sum;
            return new Estimate(average, Math.Sqrt(weights.Zip(pair.Value, (weight, value) => Math.Pow(weight * (value - average), 2)).Sum()) / sum);
        });
        return new(
            weights.Length, new(largest + Math.Log(mean.Value), mean.StandardError / mean.Value), sum * sum / (weights.Length * weights.Sum(weight => weight * weight)),
            ParetoTail.Shape(logWeights), means, Parts(weights, observables));
    }

    private static BlockMeans Parts(double[] weights, IReadOnlyDictionary<string, IReadOnlyList<double>> observables)
    {
        const int count = FewestSamples / 2;
        int Start(int part) => (int)((long)part * weights.Length / count);
        double Sum(int part, Func<int, double> term) => Enumerable.Range(Start(part), Start(part + 1) - Start(part)).Sum(term);
        // The smallest double keeps a part without weight from dividing zero by zero.
        double[] totals = [.. Enumerable.Range(0, count).Select(part => Math.Max(Sum(part, i => weights[i]), double.Epsilon))];
        return new(totals, observables.ToDictionary(
            pair => pair.Key, pair => Enumerable.Range(0, count).Select(part => Sum(part, i => weights[i] * pair.Value[i]) / totals[part]).ToArray()));
    }
}
