using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>What one annealed population ended with.</summary>
internal sealed record AnnealedRepeat(
    double LogPartition, double Acceptance, double EffectiveFraction, double SurvivingLineages, IReadOnlyDictionary<string, double> Means)
{
    public static AnnealedRepeat Of(AnnealedPopulation population, double acceptance, Observables observables)
    {
        using var scope = NewDisposeScope();
        double Mean(double[] values) => values.Zip(population.Weights, (value, weight) => value * weight).Sum();
        return new(
            population.LogPartition, acceptance, population.EffectiveFraction, population.SurvivingLineages,
            observables.At(population.Points.X).ToDictionary(pair => pair.Key, pair => Mean(pair.Value)));
    }

    /// <summary>ln of the mean Z of the repeats, with the error of that mean to first order.</summary>
    public static Estimate LogPartitionOf(IReadOnlyList<AnnealedRepeat> repeats)
    {
        var largest = repeats.Max(repeat => repeat.LogPartition);
        var mean = Estimate.OfIndependent([.. repeats.Select(repeat => Math.Exp(repeat.LogPartition - largest))]);
        return new(largest + Math.Log(mean.Value), mean.StandardError / mean.Value);
    }

    /// <summary>Each repeat counts in proportion to its Z.</summary>
    public static AnnealedEstimate Combine(IReadOnlyList<AnnealedRepeat> repeats, IReadOnlyList<double> inverseTemperatures)
    {
        var logPartition = LogPartitionOf(repeats);
        var weights = repeats.Select(repeat => Math.Exp(repeat.LogPartition - logPartition.Value)).ToArray();
        var names = repeats[0].Means.Keys;
        var blocks = new BlockMeans(
            weights, names.ToDictionary(name => name, name => repeats.Select(repeat => repeat.Means[name]).ToArray()));
        var squares = weights.Zip(repeats, (weight, repeat) => weight * weight / repeat.EffectiveFraction).Sum();
        return new(
            logPartition,
            [.. repeats.Select(repeat => repeat.LogPartition)],
            inverseTemperatures,
            repeats.Average(repeat => repeat.Acceptance),
            weights.Sum() * weights.Sum() / (repeats.Count * squares),
            repeats.Average(repeat => repeat.SurvivingLineages),
            names.ToDictionary(name => name, name => blocks.Jackknife(means => means[name])),
            blocks);
    }
}
