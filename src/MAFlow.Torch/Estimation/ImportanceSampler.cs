using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>What importance weighting makes of samples of a flow.</summary>
/// <param name="LogPartition">ln Z with its error bar.</param>
/// <param name="EffectiveSampleFraction">(Σw)² / (n Σw²).</param>
/// <param name="ParetoShape">k̂ of the weights' tail.</param>
/// <param name="Observables">Weighted means by name.</param>
public sealed record ImportanceEstimate(
    Estimate LogPartition, double EffectiveSampleFraction, double ParetoShape, IReadOnlyDictionary<string, Estimate> Observables)
{
    /// <summary>Whether the weights' tail lets the error bars be trusted: k̂ ≤ 0.7 and at least 1% effective samples.</summary>
    /// <remarks>Necessary, not sufficient: mass that the flow never visits leaves no trace in its weights.</remarks>
    public bool IsReliable => ParetoShape <= ParetoTail.ReliableShape && EffectiveSampleFraction >= 0.01;
}

/// <summary>Corrects a flow's samples by the weights w = e^{-E(x)} / p(x): ln Z = ln E_p[w].</summary>
/// <param name="flow">Proposal.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null. At a depth that has not converged ln p is not the density of the samples.</param>
public sealed class ImportanceSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    private const int RowsAtOnce = 64;

    /// <summary>Draws and weights samples.</summary>
    /// <param name="samples">Number n of samples, at least 25.</param>
    /// <param name="generator">Source of the samples.</param>
    /// <param name="observables">Functions of points [B, N] to [B], by name.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">Too few samples.</exception>
    public ImportanceEstimate Run(
        int samples, Generator generator, IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null, CancellationToken cancellationToken = default)
    {
        TensorChecks.RequireAtLeast(samples, 25);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var logWeights = new List<double>();
        var values = (observables ?? new Dictionary<string, Func<Tensor, Tensor>>()).ToDictionary(pair => pair.Key, pair => new List<double>());
        while (logWeights.Count < samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batch = NewDisposeScope();
            var state = flow.Sample(Math.Min(RowsAtOnce, samples - logWeights.Count), generator, depth);
            logWeights.AddRange(Numbers(energy.Value(state.X).add(state.LogProb).neg()));
            foreach (var (name, list) in values)
            {
                list.AddRange(Numbers(observables![name](state.X)));
            }
        }

        return Weighted(logWeights, values.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<double>)pair.Value));
    }

    internal static double[] Numbers(Tensor values) => values.to(float64).cpu().contiguous().data<double>().ToArray();

    /// <summary>Estimates from weights; the errors are those of a ratio of means to first order.</summary>
    internal static ImportanceEstimate Weighted(IReadOnlyList<double> logWeights, IReadOnlyDictionary<string, IReadOnlyList<double>> observables)
    {
        var largest = logWeights.Max();
        var weights = logWeights.Select(value => Math.Exp(value - largest)).ToArray();
        var mean = Estimate.OfIndependent(weights);
        var effective = Math.Pow(weights.Sum(), 2) / (weights.Length * weights.Sum(weight => weight * weight));
        var means = observables.ToDictionary(pair => pair.Key, pair =>
        {
            var average = weights.Zip(pair.Value, (weight, value) => weight * value).Sum() / weights.Sum();
            return new Estimate(average, Math.Sqrt(weights.Zip(pair.Value, (weight, value) => Math.Pow(weight * (value - average), 2)).Sum()) / weights.Sum());
        });
        return new(new(largest + Math.Log(mean.Value), mean.StandardError / mean.Value), effective, ParetoTail.Shape(logWeights), means);
    }
}
