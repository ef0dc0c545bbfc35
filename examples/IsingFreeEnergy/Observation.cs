using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace IsingFreeEnergy;

/// <summary>The observables of the spins by one method, and whether their error bars are to be trusted.</summary>
public sealed record Observation(
    IReadOnlyDictionary<string, Estimate> Means, Estimate BinderCumulant, Estimate? CorrelationLength, IReadOnlyList<string> Problems)
{
    public bool IsReliable => Problems.Count == 0;

    /// <summary>Time of the method, warm-up included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Independent samples of the spins' energy that a second is worth: Var(e) by the cluster chains over the squared
    /// error.</summary>
    public double EffectiveEnergiesPerSecond { get; private init; }

    /// <summary>The same for m².</summary>
    public double EffectiveMagnetizationsPerSecond { get; private init; }

    [JsonIgnore]
    public Estimate MagnetizationSquared => Means["m²"];

    /// <summary>Reads a sampler's result, and compares it with exact chains where there are some.</summary>
    /// <param name="observables">What was measured.</param>
    /// <param name="estimate">The result.</param>
    /// <param name="time">What it took.</param>
    /// <param name="reference">The exact chains.</param>
    /// <param name="others">Problems that the sampler itself cannot see.</param>
    public static Observation Of(
        IsingObservables observables, TargetEstimate estimate, TimeSpan time, Observation? reference = null,
        params IEnumerable<string> others)
    {
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

/// <summary>Everything the estimators found.</summary>
public sealed record Estimates(
    ImportanceEstimate Weights,
    ChainEstimate MetropolisChains,
    ChainEstimate HybridChains,
    ChainEstimate PlainChains,
    AnnealedEstimate? Annealed,
    BridgeEstimate Bridge,
    IReadOnlyDictionary<string, Observation> Observations)
{
    public const string Importance = "importance weights", Metropolis = "Metropolis", Latent = "latent HMC", Annealing = "annealing", WithoutFlow = "HMC without flow", Reference = "cluster chains";

    /// <summary>
    /// The reliable result of the flow with the smallest error of m²; where none is reliable, Metropolis with its problems.
    /// </summary>
    public KeyValuePair<string, Observation> Best => Observations
        .Where(pair => pair.Key is not (Reference or WithoutFlow) && pair.Value.IsReliable)
        .OrderBy(pair => pair.Value.MagnetizationSquared.StandardError)
        .DefaultIfEmpty(new(Metropolis, Observations[Metropolis]))
        .First();
}

/// <summary>Prints free energies and observables side by side, and reasons to distrust them.</summary>
public static class ResultPrinter
{
    public static void Print(TrainingReport trained, Estimates estimates, int sites, double? exact)
    {
        string PerSite(double freeEnergy, double error) => string.Create(
            CultureInfo.InvariantCulture, $"{freeEnergy / sites:F6} ± {error / sites:F6}");
        string Negative(Estimate logPartition) => PerSite(-logPartition.Value, logPartition.StandardError);
        string Gap(double freeEnergy) => exact is { } value ? string.Create(
            CultureInfo.InvariantCulture, $"{(freeEnergy - value) / sites:F6}") : "-";
        var table = new Table().Border(TableBorder.Simple).AddColumns("Free energy per site", "nats", "gap", "");
        if (trained.FreeEnergy is { } final)
        {
            table.AddRow(
                "variational bound", PerSite(final.FreeEnergy, final.StandardError), Gap(final.FreeEnergy),
                Line($"std ln w {final.Deviation:F2}, depth {final.Depth}"));
        }
        else
        {
            table.AddRow("variational bound", "none", "-", "no depth up to the largest allowed converged");
        }

        table.AddRow(
            "importance weights", Negative(estimates.Weights.LogPartition), Gap(-estimates.Weights.LogPartition.Value),
            Line($"{100 * estimates.Weights.EffectiveSampleFraction:F1}% effective, k {estimates.Weights.ParetoShape:F2}"));
        if (estimates.Annealed is { } annealed)
        {
            table.AddRow(
                "annealing", Negative(annealed.LogPartition), Gap(-annealed.LogPartition.Value),
                Line($"{annealed.Acceptance:P0} of the moves accepted"));
        }

        table.AddRow(
            "bridge", Negative(estimates.Bridge.LogPartition), Gap(-estimates.Bridge.LogPartition.Value),
            Line($"{100 * estimates.Bridge.Overlap:F0}% overlap with clusters"));
        table.AddRow("exact", exact is { } known ? Line($"{known / sites:F6}") : "not known", "", "");
        AnsiConsole.Write(table);

        var observables = new Table().Border(TableBorder.Simple).AddColumns(
            "Spins by", "energy", "|m|", "m²", "Binder", "ξ", "e per s", "m² per s", "");
        foreach (var (method, observation) in estimates.Observations)
        {
            string Cell(string name) => Rounded(observation.Means[name]);
            observables.AddRow(
                method, Cell("e"), Cell("|m|"), Cell("m²"),
                Rounded(observation.BinderCumulant), observation.CorrelationLength is { } length ? Line($"{length.Value:F2}({100 * length.StandardError:F0})") : "-",
                Line($"{observation.EffectiveEnergiesPerSecond:G3}"), Line($"{observation.EffectiveMagnetizationsPerSecond:G3}"), observation.IsReliable ? "" : "unreliable");
        }

        AnsiConsole.Write(observables);
        Console.WriteLine("e per s, m² per s: independent samples that a second of the method is worth, training not counted.");
        Console.WriteLine(Line($"Metropolis acceptance {estimates.MetropolisChains.Acceptance:F2}, R-hat {estimates.MetropolisChains.RHat:F3}; latent HMC acceptance {estimates.HybridChains.Acceptance:F2}, R-hat {estimates.HybridChains.RHat:F3}"));
        foreach (var (method, observation) in estimates.Observations.Where(pair => !pair.Value.IsReliable))
        {
            Console.WriteLine($"{method} is not reliable: {observation.Problems[0]}{(observation.Problems.Count > 1 ? $" (and {observation.Problems.Count - 1} more)" : "")}");
        }
    }

    /// <summary>As 0.7605(46): the error counts units of the last digit.</summary>
    private static string Rounded(Estimate estimate) => Line($"{estimate.Value:F4}({1e4 * estimate.StandardError:F0})");

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
