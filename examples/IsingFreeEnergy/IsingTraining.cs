namespace IsingFreeEnergy;

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
