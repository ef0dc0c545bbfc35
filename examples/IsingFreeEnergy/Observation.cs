using System.Text.Json.Serialization;

namespace IsingFreeEnergy;

/// <summary>The observables of the spins by one method, and whether their error bars are to be trusted.</summary>
public sealed record Observation(
    IReadOnlyDictionary<string, Estimate> Means, Estimate BinderCumulant, Estimate? CorrelationLength, IReadOnlyList<string> Problems)
{
    public bool IsReliable => Problems.Count == 0;

    /// <summary>Time of the method, warm-up included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Independent samples of the spins' energy that a second is worth: Var(e) by the cluster chains over the squared error.</summary>
    public double EffectiveEnergiesPerSecond { get; private init; }

    /// <summary>The same for m².</summary>
    public double EffectiveMagnetizationsPerSecond { get; private init; }

    [JsonIgnore]
    public Estimate MagnetizationSquared => Means["m²"];

    /// <summary>Reads a sampler's result, and holds it against exact chains where there are some.</summary>
    /// <param name="observables">What was measured.</param>
    /// <param name="estimate">The result.</param>
    /// <param name="time">What it took.</param>
    /// <param name="reference">The exact chains.</param>
    /// <param name="others">Problems that the sampler itself cannot see.</param>
    public static Observation Of(IsingObservables observables, TargetEstimate estimate, TimeSpan time, Observation? reference = null, params IEnumerable<string> others)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        var means = estimate.Observables;
        // Four standard errors: what a flow never visits shows here and nowhere else.
        var apart = reference is null ? [] : means
            .Where(mean => AreApart(mean.Value, reference.Means[mean.Key]))
            .Select(mean => $"{mean.Key} is more than 4 standard errors from that of the cluster chains");
        var of = reference?.Means ?? means;
        double Rate(string name, string square) =>
            (of[square].Value - (of[name].Value * of[name].Value)) / (means[name].StandardError * means[name].StandardError * time.TotalSeconds);
        return new(
            means,
            IsingObservables.BinderCumulant(estimate),
            means.ContainsKey("S(k)") ? observables.CorrelationLength(estimate) : null,
            [.. estimate.Problems, .. others, .. apart])
        {
            Seconds = time.TotalSeconds,
            EffectiveEnergiesPerSecond = Rate("e", "e²"),
            EffectiveMagnetizationsPerSecond = Rate("m²", "m⁴"),
        };
    }

    private static bool AreApart(Estimate a, Estimate b) =>
        Math.Abs(a.Value - b.Value) > 4 * Math.Sqrt((a.StandardError * a.StandardError) + (b.StandardError * b.StandardError));
}
