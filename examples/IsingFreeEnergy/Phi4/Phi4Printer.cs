using Spectre.Console;

namespace IsingFreeEnergy.Phi4;

/// <summary>Prints what a φ⁴ run found, and what speaks against it.</summary>
public static class Phi4Printer
{
    public static void Print(Phi4Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var table = new Table().Border(TableBorder.Simple).AddColumns("Free energy per site", "nats", "");
        table.AddRow(
            "variational bound",
            report.VariationalFreeEnergyPerSite is { } bound ? Line($"{bound:F6} ± {report.StandardError:F6}") : "none",
            report.KlNats is { } divergence ? Line($"{divergence:F2} nats above the weights, std ln w {report.StdLogWeightNats:F2}, depth {report.Depth}") : "no depth up to the largest allowed converged");
        table.AddRow(
            "importance weights", Line($"{report.ImportanceFreeEnergyPerSite:F6} ± {report.ImportanceStandardError:F6}"),
            Line($"{100 * report.EffectiveSampleFraction:F1}% effective, k {report.ParetoShape:F2}"));
        AnsiConsole.Write(table);
        var names = report.Observables.Values.First().Keys.ToArray();
        var observables = new Table().Border(TableBorder.Simple).AddColumns(["Fields by", .. names, ""]);
        foreach (var (method, means) in report.Observables)
        {
            observables.AddRow([method, .. names.Select(name => Line($"{means[name].Value:F5} ± {means[name].StandardError:F5}")), report.Problems[method].Count > 0 ? "unreliable" : ""]);
        }

        AnsiConsole.Write(observables);
        Console.WriteLine(Line($"Metropolis acceptance {report.MetropolisAcceptance:F2}, autocorrelation time {report.MetropolisAutocorrelationTime:F1} steps; HMC without flow {report.HybridMonteCarloAutocorrelationTime:F1} steps"));
        foreach (var (method, problems) in report.Problems.Where(pair => pair.Value.Count > 0))
        {
            Console.WriteLine($"{method}: {problems[0]}");
        }
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
