namespace MAFlow.Torch.Training;

/// <summary>How a density model is trained by maximum likelihood.</summary>
public sealed record DensityTrainerOptions
{
    /// <summary>Largest number of passes over the training rows.</summary>
    /// <value>At least 1; default 100.</value>
    public int MaxEpochs { get; init; } = 100;

    /// <summary>Rows per optimiser step.</summary>
    /// <value>At least 1; default 128. The last, incomplete batch of an epoch is left out.</value>
    public int BatchSize { get; init; } = 128;

    /// <summary>Adam's settings.</summary>
    public AdamOptions Optimizer { get; init; } = new();

    /// <summary>Warm-up and decay of the learning rate.</summary>
    public WarmupCosineSchedule Schedule { get; init; } = new();

    /// <summary>Largest norm of the gradient; longer ones are shortened to it.</summary>
    /// <value>Positive, or infinity for no clipping; default 100 nats per unit of the parameters.</value>
    public double MaxGradientNorm { get; init; } = 100;

    /// <summary>Decay of the exponential moving average of the weights, which is what is validated and kept.</summary>
    /// <value>From 0 (no averaging) to below 1; default 0.998.</value>
    public double AverageDecay { get; init; } = 0.998;

    /// <summary>Share of the rows held out for validation when no validation rows are given.</summary>
    /// <value>From 0 (none: no early stopping) to 0.5; default 0.1.</value>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Epochs without a better validation likelihood after which training stops; null never stops early.</summary>
    /// <value>At least 1; default 15.</value>
    public int? Patience { get; init; } = 15;

    /// <summary>Largest difference between the mean NLL at depth d and at 2d, on some held-out rows at each epoch's end; beyond it d is doubled. Null (the default) never refines.</summary>
    /// <remarks>Long trainings exploit a coarse integration wherever they can: the NLL at their own depth may then read far better than it is.</remarks>
    /// <value>Positive, in nats.</value>
    public double? DepthTolerance { get; init; }

    /// <summary>Largest depth that training refines to.</summary>
    /// <value>At least 1; default 512.</value>
    public int MaxDepth { get; init; } = 512;

    /// <summary>Time after which training stops; the schedule is fitted to whichever of epochs and time ends first. Null for no limit.</summary>
    /// <remarks>With a limit the schedule follows the clock, so that equal seeds no longer give identical results.</remarks>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>How often training may return to the last good state, each time with half the rate, before it gives up.</summary>
    /// <value>At least 0; default 5.</value>
    public int MaxRecoveries { get; init; } = 5;

    /// <summary>Where the state of training is kept so that it resumes after an interruption; null keeps none.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Steps between checkpoints; null writes one at the end of each epoch.</summary>
    public long? CheckpointEverySteps { get; init; }

    /// <summary>Whether the checkpoint of a training that has ended is kept, so that nothing is lost if storing the model fails; a training that finds it ends at once.</summary>
    /// <value>Default false. The caller deletes the file once the model is stored.</value>
    public bool KeepCheckpoint { get; init; }

    /// <summary>Seed of the batches' order, the dequantisation noise and the validation split.</summary>
    public ulong Seed { get; init; } = 1;

    internal TrainingSettings Shared => new(Optimizer, Schedule, MaxGradientNorm, AverageDecay, TimeLimit, MaxRecoveries, CheckpointPath, Seed);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        TensorChecks.RequireAtLeast(MaxEpochs, 1);
        TensorChecks.RequireAtLeast(BatchSize, 1);
        Shared.Validate();
        TensorChecks.RequireOption(ValidationFraction, 0, 0.5);
        TensorChecks.RequireAtLeast(Patience ?? 1, 1, nameof(Patience));
        TensorChecks.RequireAtLeast(DepthTolerance ?? 1, double.Epsilon, nameof(DepthTolerance));
        TensorChecks.RequireAtLeast(MaxDepth, 1);
        TensorChecks.RequireAtLeast(CheckpointEverySteps ?? 1, 1, nameof(CheckpointEverySteps));
    }
}
