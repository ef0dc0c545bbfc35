using System.Diagnostics;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Training on a torus: a ladder of smaller ones, from the energy alone.</summary>
public static class LadderTraining
{
    /// <summary>Trains, or goes on with the checkpoints in the folder, and keeps what was reached.</summary>
    /// <param name="torus">The last rung.</param>
    /// <param name="target">The energy on a torus of any size.</param>
    /// <param name="signs">±1 at each site of fields, for the pictures.</param>
    /// <param name="settings">Time and seed.</param>
    /// <param name="folder">Where results and checkpoints are kept.</param>
    /// <param name="cancellation">Stops within a step.</param>
    /// <returns>The trained flow, which the caller disposes, its training, and what each rung reached.</returns>
    public static (MongeAmpereFlow Flow, TrainingReport Training, IReadOnlyList<Rung> Rungs) Run(
        Lattice torus, Func<Lattice, Energy> target, Func<Tensor, Generator, Tensor> signs, Settings settings, RunFolder folder, CancellationToken cancellation)
    {
        var ladder = new LatticeLadder(
            target, IsingTraining.Options(settings, folder.Checkpoint) with { MeasureEverySteps = 100, AverageDecay = 0.99 });
        Stages? stages = null;
        var report = ladder.Fit(torus, (lattice, flow) =>
        {
            Console.WriteLine($"Rung {string.Join(" x ", lattice.Extents)}");
            using var energy = target(lattice);
            var display = TrainingDisplay.InLines(lattice.Sites, -energy.ExactLogPartition());
            if (lattice.Sites != torus.Sites)
            {
                return display;
            }

            stages = new Stages(new StageFiles(folder, lattice.Sites), flow, signs, settings, display);
            stages.Keep(0, 0, flow.Options.Depth);
            return stages;
        }, (rung, flow) => flow.Save(folder[$"flow-{string.Join('x', rung.Lattice.Extents)}.safetensors"]), cancellation);

        var training = report.Rungs[^1].Training;
        stages?.Keep(StageFiles.Stages - 1, training.Steps, training.Depth);
        var rungs = report.Rungs.Select(rung => Rung.Of(rung, target)).ToList();
        folder.KeepRungs(rungs);
        folder.KeepTrained(report.Flow, training);
        return (report.Flow, training, rungs);
    }
}

/// <summary>How the flow is trained.</summary>
public static class IsingTraining
{
    public static VariationalTrainerOptions Options(Settings settings, string checkpoint) => new()
    {
        Steps = 1_000_000,
        TimeLimit = settings.TrainingTime,
        MeasureEverySteps = 20,
        FinalSamples = 2048,
        // Relative to the error bar of F.
        DepthTolerance = 0.5,
        LearningRate = settings.HasWarmStart ? 5e-3 : 1e-2,
        CheckpointPath = checkpoint,
        Seed = (ulong)settings.Seed,
        Collective = settings.Processes.Collective,
    };
}

/// <summary>Before the variational training: maximum likelihood on points from chains that use the energy alone.</summary>
/// <remarks>
/// Minimising F = E_p[ln p + E] from a flow at rest ends in the ordered phases, and forgives what it left out; likelihood charges for every
/// point that the chains have visited.
/// The flow it ends with covers all phases. The bound starts from there, and is one whatever the start was.
/// </remarks>
public static class WarmStart
{
    private const int Points = 4096, Chains = 64;

    /// <summary>Makes the flow to start from where the folder has none; all processes get that of process 0.</summary>
    public static void Prepare(
        IsingEnergy energy, Settings settings, RunFolder folder, TrainingReport? trained, CancellationToken cancellation)
    {
        if (trained is not null || File.Exists(folder.WarmStart))
        {
            return;
        }

        if (settings.Processes.IsFirst)
        {
            using var untrained = IsingModel.Create(energy, settings);
            new Stages(new StageFiles(folder, energy.Lattice!.Sites), untrained, energy.SampleSpins, settings).Keep(0, 0, settings.Depth);
            Run(untrained, energy, settings, folder, cancellation);
        }

        settings.Processes.Share(folder.WarmStart);
    }

    /// <summary>Trains a flow and keeps it; where there is no warm start, keeps it at rest.</summary>
    private static void Run(MongeAmpereFlow flow, IsingEnergy energy, Settings settings, RunFolder folder, CancellationToken cancellation)
    {
        if (!settings.HasWarmStart)
        {
            flow.Save(folder.WarmStart);
            return;
        }

        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed + 3);
        using var plain = IsingModel.AtRest(energy, generator);
        var points = StatusLine.Show("Warm start: hybrid Monte Carlo without a flow", say =>
        {
            // Correlations decay about as the square of the length, at the transition of the largest one; a large lattice in little time gets what there is time for.
            var sampler = new LatentChainSampler(plain, energy);
            var (warmup, spacing) = (100 + (2 * settings.Size * settings.Size), 1 + (settings.Size / 2));
            var share = Math.Min(
                1, settings.WarmStartTime / 3 / (TimePerStep(sampler, generator) * (warmup + (Points / Chains * spacing))));
            (warmup, spacing) = (Math.Max(10, (int)(share * warmup)), Math.Max(1, (int)(share * spacing)));
            return sampler.Sample(
                Points, Options(warmup, spacing), generator, new Reporter<EstimationProgress>(value => say($"step {value.Done} of {value.Of}")), cancellation);
        });

        var left = settings.WarmStartTime - clock.Elapsed;
        var options = new DensityTrainerOptions
        {
            MaxEpochs = 1_000_000, BatchSize = 64, LearningRate = 1e-2, AverageDecay = 0.98, ValidationFraction = 0.05, Patience = null,
            DepthTolerance = 0.05, MaxDepth = 32, TimeLimit = left > settings.WarmStartTime / 2 ? left : settings.WarmStartTime / 2, Seed = (ulong)settings.Seed,
        };
        using var model = new DensityModel(BijectionChain.Fit([], points, generator), flow);
        var report = StatusLine.Show("Warm start: maximum likelihood", say => new DensityTrainer(options).Fit(
            model, points,
            progress: new Reporter<TrainingProgress>(value => say($"step {value.Current.Step}, {(value.History is [.., var last] ? last.ValidationNll : null) ?? value.Current.Loss:F2} nats per configuration, {value.Remaining:m\\:ss} left")),
            cancellationToken: cancellation));
        flow.Save(folder.WarmStart);
    }

    private static LatentChainOptions Options(int warmup, int spacing) =>
        new() { ProposesFreshSamples = false, Chains = Chains, Warmup = warmup, Spacing = spacing };

    private static TimeSpan TimePerStep(LatentChainSampler sampler, Generator generator)
    {
        const int Warmup = 5;
        sampler.Sample(1, Options(1, 1), generator).Dispose();
        var clock = Stopwatch.StartNew();
        sampler.Sample(Chains, Options(Warmup, 1), generator).Dispose();
        return clock.Elapsed / (Warmup + 1);
    }
}
