namespace IsingFreeEnergy;

/// <summary>Training on a torus: a ladder of smaller ones, from the energy alone.</summary>
public static class LadderTraining
{
    /// <summary>Trains, or goes on with the checkpoints in the folder, and keeps what was reached.</summary>
    /// <returns>The trained flow, which the caller disposes, its training, and what each rung reached.</returns>
    public static (MongeAmpereFlow Flow, TrainingReport Training, IReadOnlyList<Rung> Rungs) Run(
        IsingEnergy energy, Settings settings, RunFolder folder, CancellationToken cancellation)
    {
        var ladder = new LatticeLadder(lattice => new IsingEnergy(lattice, settings.Temperature), IsingTraining.Options(settings, folder.Checkpoint) with { MeasureEverySteps = 100, AverageDecay = 0.99 });
        Stages? stages = null;
        var report = ladder.Fit(energy.Lattice!, (lattice, flow) =>
        {
            var isLast = lattice.Sites == energy.Lattice!.Sites;
            Console.WriteLine($"Rung {string.Join(" x ", lattice.Extents)}");
            using var target = new IsingEnergy(lattice, settings.Temperature);
            var display = TrainingDisplay.InLines(lattice.Sites, -target.ExactLogPartition());
            if (!isLast)
            {
                return display;
            }

            stages = new Stages(new StageFiles(folder, lattice.Sites), flow, energy, settings, display);
            stages.Keep(0, 0, flow.Options.Depth);
            return stages;
        }, cancellation);

        var training = report.Rungs[^1].Training;
        stages?.Keep(StageFiles.Stages - 1, training.Steps, training.Depth);
        var rungs = report.Rungs.Select(rung => Rung.Of(rung, settings.Temperature)).ToList();
        folder.KeepRungs(rungs);
        folder.KeepTrained(report.Flow, training);
        return (report.Flow, training, rungs);
    }
}
