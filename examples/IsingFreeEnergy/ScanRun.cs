using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Computes the points of a scan that are missing, from the highest temperature down, where the flow has least to do.</summary>
public static class ScanRun
{
    public static void Run(ScanSettings settings, CancellationToken cancellation)
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        var files = new ScanFiles(settings.Output);
        files.Begin(settings);
        string? neighbour = null;
        foreach (var index in settings.Index is { } one ? [one] : Enumerable.Range(0, settings.Temperatures.Count).Reverse())
        {
            if (files.Point(index) is null)
            {
                var point = Compute(settings, files, index, neighbour, cancellation);
                files.Keep(point);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"T = {point.Temperature:F4}: f = {point.FreeEnergy.Value:F6} ± {point.FreeEnergy.StandardError:F6}, exact {point.ExactFreeEnergy:F6}; {100 * point.EffectiveSampleFraction:F0}% effective{(point.Problems.Count > 0 ? "; not reliable: " + point.Problems[0] : "")}"));
            }

            neighbour = settings.Index is null && File.Exists(files.Flow(index)) ? files.Flow(index) : null;
        }

        if (settings.Index is null)
        {
            ScanMerge.Run(files);
        }
    }

    private static ScanPoint Compute(ScanSettings settings, ScanFiles files, int index, string? neighbour, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var temperature = settings.Temperatures[index];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Point {index}: T = {temperature:F4}, {settings.Size} x {settings.Size}"));
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(settings.Size), temperature);
        var (flow, training) = ScanTraining.Run(energy, index, neighbour, settings, files, cancellation);
        using var trained = flow;
        flow.Save(files.Flow(index));
        using var generator = new Generator((ulong)(settings.Seed + index + 1));
        var observables = new IsingObservables(energy);
        var functions = observables.Functions(generator);
        var clusters = new IsingClusterSampler(energy).Run(
            new() { Warmup = 100, Steps = 5000, TargetEffectiveSamples = 5000, TimeLimit = Part(0.2) }, generator, functions, cancellationToken: cancellation);
        var weights = new ImportanceSampler(flow, energy).Run(
            new() { Samples = 1_000_000, TargetError = 2e-5 * energy.Dimension, TimeLimit = Part(1) }, generator, functions, cancellationToken: cancellation);
        var (exact, observed) = (energy.ExactThermodynamics()!, Observation.Of(
            observables, weights, clock.Elapsed, Observation.Of(observables, clusters, clock.Elapsed)));
        var scale = -temperature / energy.Dimension;
        return new()
        {
            Index = index,
            Temperature = temperature,
            Size = settings.Size,
            FreeEnergy = new(scale * energy.SpinLogPartition(weights.LogPartition.Value), -scale * weights.LogPartition.StandardError),
            Energy = Measured.Of(observed.Means["e"]),
            SpecificHeat = Measured.Of(observables.SpecificHeat(weights)),
            Magnetization = Measured.Of(observed.Means["|m|"]),
            BinderCumulant = Measured.Of(observed.BinderCumulant),
            ExactFreeEnergy = exact.FreeEnergy,
            ExactEnergy = exact.Energy,
            ExactSpecificHeat = exact.SpecificHeat,
            ReferenceMagnetization = Measured.Of(clusters.Observables["|m|"]),
            ReferenceBinderCumulant = Measured.Of(IsingObservables.BinderCumulant(clusters)),
            KlNats = training.FreeEnergy?.FreeEnergy + energy.ExactLogPartition(),
            EffectiveSampleFraction = weights.EffectiveSampleFraction,
            Problems = observed.Problems,
            Iterations = training.Steps,
            Seconds = clock.Elapsed.TotalSeconds,
        };

        TimeSpan Part(double share) => TimeSpan.FromSeconds(Math.Max(2, share * (settings.Time - clock.Elapsed).TotalSeconds));
    }
}

/// <summary>The flow of one temperature, from that of its neighbour where there is one, else up the ladder of tori.</summary>
public static class ScanTraining
{
    /// <returns>The trained flow, which the caller disposes, and its training.</returns>
    public static (MongeAmpereFlow Flow, TrainingReport Training) Run(
        IsingEnergy energy, int index, string? neighbour, ScanSettings settings, ScanFiles files, CancellationToken cancellation)
    {
        var options = new VariationalTrainerOptions
        {
            Steps = 1_000_000, TimeLimit = settings.TrainingTime, MeasureEverySteps = 50, FinalSamples = 2048, AverageDecay = 0.99,
            CheckpointPath = files.Checkpoint(index), Seed = (ulong)(settings.Seed + index),
        };
        if (neighbour is null)
        {
            var ladder = new LatticeLadder(lattice => new IsingEnergy(lattice, energy.Temperature), options);
            var climbed = ladder.Fit(energy.Lattice!, (lattice, _) =>
            {
                using var target = new IsingEnergy(lattice, energy.Temperature);
                return Display(target);
            }, null, cancellation);
            return (climbed.Flow, climbed.Rungs[^1].Training);
        }

        // One step of the scan changes the density little, and what was learnt is to be refined.
        var flow = MongeAmpereFlow.Load(neighbour);
        try
        {
            var trainer = new VariationalTrainer(
                options with { Objective = Objective.FreeEnergy(energy, pathGradient: true), LearningRate = options.LearningRate / 2 });
            return (flow, trainer.Fit(flow, energy, Display(energy), cancellation));
        }
        catch
        {
            flow.Dispose();
            throw;
        }
    }

    private static IProgress<TrainingProgress> Display(IsingEnergy energy) =>
        TrainingDisplay.InLines(energy.Lattice!.Sites, -energy.ExactLogPartition());
}
