using System.Text.Json.Serialization;

namespace IsingFreeEnergy;

/// <summary>The observables of the spins by one method, and whether their error bars are to be trusted.</summary>
public sealed record Observation(
    IReadOnlyDictionary<string, Estimate> Means, Estimate BinderCumulant, Estimate? CorrelationLength, IReadOnlyList<string> Problems)
{
    public bool IsReliable => Problems.Count == 0;

    [JsonIgnore]
    public Estimate MagnetizationSquared => Means[IsingObservables.MagnetizationSquared];

    /// <summary>Reads a sampler's result, and holds it against exact chains where there are some.</summary>
    public static Observation Of(
        IsingObservables observables, IReadOnlyDictionary<string, Estimate> means, BlockMeans blocks, IReadOnlyList<string> problems, Observation? reference = null)
    {
        // Four standard errors: what a flow never visits shows here and nowhere else.
        var apart = reference is null ? [] : means
            .Where(mean => Math.Abs(mean.Value.Value - reference.Means[mean.Key].Value) > 4 * Math.Sqrt(Square(mean.Value.StandardError) + Square(reference.Means[mean.Key].StandardError)))
            .Select(mean => $"{mean.Key} is more than 4 standard errors from that of the cluster chains");
        return new(
            means, IsingObservables.BinderCumulant(blocks), means.ContainsKey(IsingObservables.StructureFactor) ? observables.CorrelationLength(blocks) : null, [.. problems, .. apart]);
    }

    private static double Square(double value) => value * value;
}
