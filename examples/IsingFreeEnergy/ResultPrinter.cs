using System.Globalization;
using Spectre.Console;

namespace IsingFreeEnergy;

/// <summary>Prints free energies and observables side by side, and what speaks against them.</summary>
public static class ResultPrinter
{
    public static void Print(TrainingReport trained, Estimates estimates, int sites, double? exact)
    {
        string PerSite(double freeEnergy, double error) => string.Create(CultureInfo.InvariantCulture, $"{freeEnergy / sites:F6} ± {error / sites:F6}");
        string Negative(Estimate logPartition) => PerSite(-logPartition.Value, logPartition.StandardError);
        string Gap(double freeEnergy) => exact is { } value ? string.Create(CultureInfo.InvariantCulture, $"{(freeEnergy - value) / sites:F6}") : "-";
        var table = new Table().Border(TableBorder.Simple).AddColumns("Free energy per site", "nats", "gap", "");
        if (trained.FreeEnergy is { } final)
        {
            table.AddRow("variational bound", PerSite(final.FreeEnergy, final.StandardError), Gap(final.FreeEnergy), Line($"std ln w {final.Deviation:F2}, depth {final.Depth}"));
        }
        else
        {
            table.AddRow("variational bound", "none", "-", "no depth up to the largest allowed converged");
        }

        table.AddRow("importance weights", Negative(estimates.Weights.LogPartition), Gap(-estimates.Weights.LogPartition.Value), Line($"{100 * estimates.Weights.EffectiveSampleFraction:F1}% effective, k {estimates.Weights.ParetoShape:F2}"));
        if (estimates.Annealed is { } annealed)
        {
            table.AddRow("annealing", Negative(annealed.LogPartition), Gap(-annealed.LogPartition.Value), Line($"{annealed.Acceptance:P0} of the moves accepted"));
        }

        table.AddRow("bridge", Negative(estimates.Bridge.LogPartition), Gap(-estimates.Bridge.LogPartition.Value), Line($"{100 * estimates.Bridge.Overlap:F0}% overlap with clusters"));
        table.AddRow("exact", exact is { } known ? Line($"{known / sites:F6}") : "not known", "", "");
        AnsiConsole.Write(table);

        var observables = new Table().Border(TableBorder.Simple).AddColumns("Spins by", "energy", "|m|", "m²", "Binder", "ξ", "e per s", "m² per s", "");
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

    public static void PrintFiles(IEnumerable<string> files)
    {
        Console.WriteLine();
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    /// <summary>As 0.7605(46): the error counts units of the last digit.</summary>
    private static string Rounded(Estimate estimate) => Line($"{estimate.Value:F4}({1e4 * estimate.StandardError:F0})");

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
