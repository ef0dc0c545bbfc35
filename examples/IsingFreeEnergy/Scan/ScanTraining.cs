namespace IsingFreeEnergy.Scan;

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
            var trainer = new VariationalTrainer(options with { Objective = Objective.FreeEnergy(energy, pathGradient: true), LearningRate = options.LearningRate / 2 });
            return (flow, trainer.Fit(flow, energy, Display(energy), cancellation));
        }
        catch
        {
            flow.Dispose();
            throw;
        }
    }

    private static IProgress<TrainingProgress> Display(IsingEnergy energy) => TrainingDisplay.InLines(energy.Lattice!.Sites, -energy.ExactLogPartition());
}
