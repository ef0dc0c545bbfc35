using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>What one annealed population ended with.</summary>
internal sealed record AnnealedRepeat(double LogPartition, double Acceptance, double EffectiveFraction, double SurvivingLineages, IReadOnlyDictionary<string, double> Means)
{
    public static AnnealedRepeat Of(AnnealedPopulation population, double acceptance, IReadOnlyDictionary<string, Func<Tensor, Tensor>> observables)
    {
        using var scope = NewDisposeScope();
        return new(
            population.LogPartition, acceptance, population.EffectiveFraction, population.SurvivingLineages,
            observables.ToDictionary(pair => pair.Key, pair => ImportanceSampler.Numbers(pair.Value(population.Points.X)).Zip(population.Weights, (value, weight) => value * weight).Sum()));
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
        var blocks = new BlockMeans(weights, repeats[0].Means.Keys.ToDictionary(name => name, name => repeats.Select(repeat => repeat.Means[name]).ToArray()));
        var effective = weights.Sum() * weights.Sum() / (repeats.Count * weights.Zip(repeats, (weight, repeat) => weight * weight / repeat.EffectiveFraction).Sum());
        return new(
            logPartition, [.. repeats.Select(repeat => repeat.LogPartition)], inverseTemperatures, repeats.Average(repeat => repeat.Acceptance), effective,
            repeats.Average(repeat => repeat.SurvivingLineages),
            repeats[0].Means.Keys.ToDictionary(name => name, name => blocks.Jackknife(means => means[name])), blocks);
    }
}
