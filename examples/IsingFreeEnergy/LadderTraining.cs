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
        var ladder = new LatticeLadder(target, IsingTraining.Options(settings, folder.Checkpoint) with { MeasureEverySteps = 100, AverageDecay = 0.99 });
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
