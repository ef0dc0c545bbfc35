using Spectre.Console;

namespace ClusterFreeEnergy;

/// <summary>Prints ln Z and observables side by side, and what speaks against them.</summary>
public static class ResultPrinter
{
    public static void Print(ClusterReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        string Apart(double value) => report.ExactLogPartition is { } exact ? Line($"{value - exact:F5}") : "-";
        var table = new Table().Border(TableBorder.Simple).AddColumns($"ln Z of {report.Name}", "nats", "less exact", "");
        table.AddRow(
            "variational bound",
            report.Bound is { } bound ? Line($"{bound:F5} ± {report.BoundStandardError:F5}") : "none",
            report.Bound is { } low ? Apart(low) : "-",
            report.Bound is null ? "no depth up to the largest allowed converged" : Line($"std ln w {report.StdLogWeightNats:F3}, depth {report.Depth}, twice that {report.DepthCheck:E0}"));
        table.AddRow(
            "importance weights", Line($"{report.ImportanceLogPartition.Value:F5} ± {report.ImportanceLogPartition.StandardError:F5}"),
            Apart(report.ImportanceLogPartition.Value), Line($"{100 * report.EffectiveSampleFraction:F1}% effective, k {report.ParetoShape:F2}"));
        table.AddRow(
            "annealing", Line($"{report.AnnealedLogPartition.Value:F5} ± {report.AnnealedLogPartition.StandardError:F5}"),
            Apart(report.AnnealedLogPartition.Value), "");
        table.AddRow("quadrature", report.ExactLogPartition is { } known ? Line($"{known:F6}") : "for 2 and 3 particles only", "", "");
        AnsiConsole.Write(table);
        Console.WriteLine(Line($"Of each the tether of the centre of mass is {report.TetherLogPartition:F6}."));

        var names = report.Observables.Values.First().Keys.ToArray();
        var observables = new Table().Border(TableBorder.Simple).AddColumns(["Means by", .. names]);
        foreach (var (method, means) in report.Observables)
        {
            observables.AddRow([method, .. names.Select(name => Line($"{means[name].Value:F4} ± {means[name].StandardError:F4}"))]);
        }

        AnsiConsole.Write(observables);
        Console.WriteLine(Line($"Weighted samples and Monte Carlo differ by {100 * report.DistancesApart:F1}% of the distances and {100 * report.EnergiesApart:F1}% of the energies."));
        Warn("Importance weights", report.ImportanceProblems);
        Warn("Annealing", report.AnnealingProblems);
        Warn("Monte Carlo", report.ChainsProblems);
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

    private static void Warn(string method, IReadOnlyList<string> problems)
    {
        foreach (var problem in problems)
        {
            Console.WriteLine($"{method} cannot be relied on: {problem}");
        }
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
