using Spectre.Console;

namespace ClusterFreeEnergy;

/// <summary>What <c>--report FILE</c> writes; ln Z in nats, energies over the temperature.</summary>
public sealed record ClusterReport
{
    public required string Name { get; init; }
    public required int Particles { get; init; }
    public required int Dimensions { get; init; }
    public required double Temperature { get; init; }

    /// <summary>What the tether of the centre of mass adds to each ln Z below.</summary>
    public required double TetherLogPartition { get; init; }

    /// <summary>By quadrature; null for more than three particles.</summary>
    public required double? ExactLogPartition { get; init; }

    /// <summary>Minus the variational free energy, a lower bound of ln Z; null where no depth converged.</summary>
    public required double? Bound { get; init; }

    public required double? BoundStandardError { get; init; }
    public required double? StdLogWeightNats { get; init; }
    public required int Depth { get; init; }

    /// <summary>What twice the depth changes, in nats.</summary>
    public required double? DepthCheck { get; init; }

    public required Estimate ImportanceLogPartition { get; init; }
    public required int ImportanceSamples { get; init; }
    public required double EffectiveSampleFraction { get; init; }
    public required double ParetoShape { get; init; }
    public required IReadOnlyList<string> ImportanceProblems { get; init; }
    public required Estimate AnnealedLogPartition { get; init; }
    public required IReadOnlyList<string> AnnealingProblems { get; init; }

    /// <summary>Mean energy and distance, by method.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, Estimate>> Observables { get; init; }

    public required double ChainsRHat { get; init; }
    public required double ChainsAutocorrelationTime { get; init; }
    public required IReadOnlyList<string> ChainsProblems { get; init; }

    /// <summary>Half the integral of the absolute difference to Monte Carlo, of the weighted samples: distances and energies.</summary>
    public required double DistancesApart { get; init; }

    public required double EnergiesApart { get; init; }
    public required long Parameters { get; init; }
    public required long Iterations { get; init; }
    public required double TrainingSeconds { get; init; }
    public required double Seconds { get; init; }

    public static ClusterReport Of(
        Cluster cluster, ParticleEnergy energy, MongeAmpereFlow flow, TrainingReport trained, Estimates estimates, TimeSpan time)
    {
        const int bins = 50;
        var (weights, final, comparison) = (estimates.Weights, trained.FreeEnergy, estimates.Comparison);
        var (distances, energies) = (comparison.Distances(cluster.Range, bins), comparison.Energies(bins));
        return new()
        {
            Name = cluster.Name,
            Particles = cluster.Settings.Particles,
            Dimensions = cluster.Settings.Dimensions,
            Temperature = cluster.Settings.Temperature,
            TetherLogPartition = energy.TetherLogPartition,
            ExactLogPartition = energy.ExactLogPartition(),
            Bound = -final?.FreeEnergy,
            BoundStandardError = final?.StandardError,
            StdLogWeightNats = final?.Deviation,
            Depth = trained.Depth,
            DepthCheck = final?.DepthCheck,
            ImportanceLogPartition = weights.LogPartition,
            ImportanceSamples = weights.Samples,
            EffectiveSampleFraction = weights.EffectiveSampleFraction,
            ParetoShape = weights.ParetoShape,
            ImportanceProblems = weights.Problems,
            AnnealedLogPartition = estimates.Annealed.LogPartition,
            AnnealingProblems = estimates.Annealed.Problems,
            Observables = new Dictionary<string, IReadOnlyDictionary<string, Estimate>>
            {
                ["importance weights"] = weights.Observables, ["annealing"] = estimates.Annealed.Observables, ["Monte Carlo"] = estimates.Chains.Observables,
            },
            ChainsRHat = estimates.Chains.RHat,
            ChainsAutocorrelationTime = estimates.Chains.AutocorrelationTime,
            ChainsProblems = estimates.Chains.Problems,
            DistancesApart = distances.Weighted.DistanceTo(distances.Chains),
            EnergiesApart = energies.Weighted.DistanceTo(energies.Chains),
            Parameters = flow.ParameterCount,
            Iterations = trained.Steps,
            TrainingSeconds = trained.Elapsed.TotalSeconds,
            Seconds = time.TotalSeconds,
        };
    }
}

/// <summary>Prints ln Z and observables side by side, and reasons to distrust them.</summary>
public static class ResultPrinter
{
    public static void Print(ClusterReport report)
    {
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

    private static void Warn(string method, IReadOnlyList<string> problems)
    {
        foreach (var problem in problems)
        {
            Console.WriteLine($"{method} cannot be relied on: {problem}");
        }
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
