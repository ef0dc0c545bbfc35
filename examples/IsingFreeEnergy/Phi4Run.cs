using System.Diagnostics;
using MAFlow.Examples;
using Spectre.Console;
using static System.FormattableString;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>The same for lattice φ⁴: a ladder of tori, importance weights and chains; nothing is known exactly.</summary>
public static class Phi4Run
{
    public static void Run(Settings settings, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var folder = new RunFolder(settings);
        var torus = Lattice.Square(settings.Size);
        using var energy = Energy(torus, settings);
        var (flow, trained, rungs) = folder.Trained is { } ended
            ? (MongeAmpereFlow.Load(folder.Flow), ended, folder.Rungs)
            : LadderTraining.Run(torus, lattice => Energy(lattice, settings), (x, _) => x.sign(), settings, folder, cancellation);
        using var _ = flow;
        if (!settings.Processes.IsFirst)
        {
            return;
        }

        string[] files = [folder.Flow, CurveFile.Write(folder, trained.History, torus.Sites), Figure4.Write(
            folder, settings, trained.History, null)];

        using var generator = new Generator((ulong)settings.Seed + 1);
        var functions = Functions(torus.Sites);
        TimeSpan Share(double share) => TimeSpan.FromSeconds(Math.Max(2, share * (settings.Time - clock.Elapsed).TotalSeconds));
        var weights = StatusLine.Show("Importance weights", say => new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, TargetError = 2e-5 * torus.Sites, TimeLimit = Share(0.3) },
            generator, functions, Estimation.Shown(say), cancellation));
        var metropolis = StatusLine.Show("Metropolised independence sampler", say => new LatentChainSampler(flow, energy).Run(
            new() { Chains = 64, Warmup = 100, Steps = 100_000, TargetEffectiveSamples = 5000, TimeLimit = Share(0.5), Transition = null },
            generator, functions, Estimation.Shown(say), cancellation));
        using var rest = IsingModel.AtRest(torus.Sites, generator);
        var plain = StatusLine.Show("Hybrid Monte Carlo without a flow, to compare", say => new LatentChainSampler(rest, energy).Run(
            new() { Chains = 8, Warmup = 500, Steps = 100_000, TargetEffectiveSamples = 1000, TimeLimit = Share(1), ProposesFreshSamples = false },
            generator, functions, Estimation.Shown(say), cancellation));

        Print(trained, torus.Sites, weights, metropolis, plain);
        if (settings.Report is { } file)
        {
            ReportFile.Save(file.FullName, Report(settings, flow, trained, rungs, weights, metropolis, plain, clock.Elapsed));
            files = [.. files, file.FullName];
        }

        OutputFiles.Print(files);
    }

    private static Phi4Energy Energy(Lattice lattice, Settings settings) => Phi4Energy.FromMass(
        lattice, settings.MassSquared, settings.Coupling);

    /// <summary>φ² per site, |M| and M² of M = Σφ / N, and the susceptibility N M².</summary>
    private static Dictionary<string, Func<Tensor, Tensor>> Functions(int sites) => new()
    {
        ["φ²"] = x => x.square().mean([1L]),
        ["|M|"] = x => x.mean([1L]).abs(),
        ["M²"] = x => x.mean([1L]).square(),
        ["susceptibility"] = x => x.mean([1L]).square().mul(sites),
    };

    /// <summary>What <c>--report FILE</c> writes; free energies in nats. There is no bound where no depth converged.</summary>
    private static object Report(
        Settings settings, MongeAmpereFlow flow, TrainingReport trained, IReadOnlyList<Rung> rungs, ImportanceEstimate weights,
        ChainEstimate metropolis, ChainEstimate plain, TimeSpan time)
    {
        var (final, sites, estimates) = (trained.FreeEnergy, settings.Size * settings.Size, ByMethod(weights, metropolis, plain));
        return new
        {
            settings.Size,
            settings.MassSquared,
            settings.Coupling,
            VariationalFreeEnergyPerSite = final?.FreeEnergy / sites,
            StandardError = final?.StandardError / sites,
            StdLogWeightNats = final?.Deviation,
            trained.Depth,
            DepthCheckPerSite = final?.DepthCheck / sites,
            ImportanceFreeEnergyPerSite = -weights.LogPartition.Value / sites,
            ImportanceStandardError = weights.LogPartition.StandardError / sites,
            ImportanceSamples = weights.Samples,
            // The bound less the importance estimate: how far the flow is away from the target.
            KlNats = final?.FreeEnergy + weights.LogPartition.Value,
            weights.EffectiveSampleFraction,
            weights.ParetoShape,
            ImportanceIsReliable = weights.IsReliable,
            MetropolisAcceptance = metropolis.Acceptance,
            MetropolisRHat = metropolis.RHat,
            MetropolisAutocorrelationTime = metropolis.AutocorrelationTime,
            HybridMonteCarloAcceptance = plain.Acceptance,
            HybridMonteCarloRHat = plain.RHat,
            HybridMonteCarloAutocorrelationTime = plain.AutocorrelationTime,
            Observables = estimates.ToDictionary(pair => pair.Key, pair => pair.Value.Observables),
            Problems = estimates.ToDictionary(pair => pair.Key, pair => pair.Value.Problems),
            Rungs = rungs,
            Parameters = flow.ParameterCount,
            Iterations = trained.Steps,
            TrainingSeconds = trained.Elapsed.TotalSeconds,
            Seconds = time.TotalSeconds,
        };
    }

    private static Dictionary<string, TargetEstimate> ByMethod(ImportanceEstimate weights, ChainEstimate metropolis, ChainEstimate plain) =>
        new() { [Estimates.Importance] = weights, [Estimates.Metropolis] = metropolis, [Estimates.WithoutFlow] = plain };

    private static void Print(TrainingReport trained, int sites, ImportanceEstimate weights, ChainEstimate metropolis, ChainEstimate plain)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Free energy per site", "nats", "");
        table.AddRow(trained.FreeEnergy is { } final
            ? [
                "variational bound", Invariant($"{final.FreeEnergy / sites:F6} ± {final.StandardError / sites:F6}"),
                Invariant($"{final.FreeEnergy + weights.LogPartition.Value:F2} nats above the weights, std ln w {final.Deviation:F2}, depth {trained.Depth}"),
            ]
            : ["variational bound", "none", "no depth up to the largest allowed converged"]);
        table.AddRow(
            "importance weights", Invariant($"{-weights.LogPartition.Value / sites:F6} ± {weights.LogPartition.StandardError / sites:F6}"),
            Invariant($"{100 * weights.EffectiveSampleFraction:F1}% effective, k {weights.ParetoShape:F2}"));
        AnsiConsole.Write(table);
        string[] names = [.. weights.Observables.Keys];
        var observables = new Table().Border(TableBorder.Simple).AddColumns(["Fields by", .. names, ""]);
        foreach (var (method, estimate) in ByMethod(weights, metropolis, plain))
        {
            var cells = names.Select(
                name => Invariant($"{estimate.Observables[name].Value:F5} ± {estimate.Observables[name].StandardError:F5}"));
            observables.AddRow([method, .. cells, estimate.Problems.Count > 0 ? "unreliable" : ""]);
        }

        AnsiConsole.Write(observables);
        Console.WriteLine(Invariant(
            $"Metropolis acceptance {metropolis.Acceptance:F2}, autocorrelation time {metropolis.AutocorrelationTime:F1} steps; "));
        Console.WriteLine(Invariant($"HMC without flow {plain.AutocorrelationTime:F1} steps"));
        foreach (var (method, estimate) in ByMethod(weights, metropolis, plain).Where(pair => pair.Value.Problems.Count > 0))
        {
            Console.WriteLine($"{method}: {estimate.Problems[0]}");
        }
    }
}
