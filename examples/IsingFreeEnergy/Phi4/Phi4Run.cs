using System.Diagnostics;
using IsingFreeEnergy.Figures;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace IsingFreeEnergy.Phi4;

/// <summary>The same for lattice φ⁴: a ladder of tori, importance weights and chains; nothing is known exactly.</summary>
public static class Phi4Run
{
    public static void Run(Settings settings, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(settings);
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

        string[] files = [folder.Flow, CurveFile.Write(folder, trained.History, torus.Sites), Figure4.Write(folder, settings, trained.History, null)];

        using var generator = new Generator((ulong)settings.Seed + 1);
        var functions = Functions(torus.Sites);
        TimeSpan Share(double share) => TimeSpan.FromSeconds(Math.Max(2, share * (settings.Time - clock.Elapsed).TotalSeconds));
        var weights = StatusLine.Show("Importance weights", say => new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, TargetError = 2e-5 * torus.Sites, TimeLimit = Share(0.3) }, generator, functions, Estimation.Shown(say), cancellation));
        var metropolis = StatusLine.Show("Metropolised independence sampler", say => new LatentChainSampler(flow, energy).Run(
            new() { Chains = 64, Warmup = 100, Steps = 100_000, TargetEffectiveSamples = 5000, TimeLimit = Share(0.5), Transition = null },
            generator, functions, Estimation.Shown(say), cancellation));
        using var rest = IsingModel.AtRest(torus.Sites, generator);
        var plain = StatusLine.Show("Hybrid Monte Carlo without a flow, to compare", say => new LatentChainSampler(rest, energy).Run(
            new() { Chains = 8, Warmup = 500, Steps = 100_000, TargetEffectiveSamples = 1000, TimeLimit = Share(1), ProposesFreshSamples = false },
            generator, functions, Estimation.Shown(say), cancellation));

        var estimates = new Dictionary<string, TargetEstimate>
        {
            [Estimates.Importance] = weights, [Estimates.Metropolis] = metropolis, [Estimates.WithoutFlow] = plain,
        };
        var final = trained.FreeEnergy;
        var report = new Phi4Report
        {
            Size = settings.Size,
            MassSquared = settings.MassSquared,
            Coupling = settings.Coupling,
            VariationalFreeEnergyPerSite = final?.FreeEnergy / torus.Sites,
            StandardError = final?.StandardError / torus.Sites,
            StdLogWeightNats = final?.Deviation,
            Depth = trained.Depth,
            DepthCheckPerSite = final?.DepthCheck / torus.Sites,
            ImportanceFreeEnergyPerSite = -weights.LogPartition.Value / torus.Sites,
            ImportanceStandardError = weights.LogPartition.StandardError / torus.Sites,
            ImportanceSamples = weights.Samples,
            KlNats = final?.FreeEnergy + weights.LogPartition.Value,
            EffectiveSampleFraction = weights.EffectiveSampleFraction,
            ParetoShape = weights.ParetoShape,
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
            Seconds = clock.Elapsed.TotalSeconds,
        };
        Phi4Printer.Print(report);
        if (settings.Report is { } file)
        {
            report.Save(file.FullName);
            files = [.. files, file.FullName];
        }

        ResultPrinter.PrintFiles(files);
    }

    private static Phi4Energy Energy(Lattice lattice, Settings settings) => Phi4Energy.FromMass(lattice, settings.MassSquared, settings.Coupling);

    private static Dictionary<string, Func<Tensor, Tensor>> Functions(int sites) => new()
    {
        ["φ²"] = x => x.square().mean([1L]),
        ["|M|"] = x => x.mean([1L]).abs(),
        ["M²"] = x => x.mean([1L]).square(),
        ["susceptibility"] = x => x.mean([1L]).square().mul(sites),
    };
}
