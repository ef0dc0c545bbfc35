namespace MAFlow.Torch.Training;

/// <summary>Options of every training, for any objective.</summary>
public abstract record TrainerOptions
{
    private protected TrainerOptions()
    {
    }

    /// <summary>Rows or samples per batch.</summary>
    /// <value>At least 1 row, or 2 samples; default 128 rows, 64 samples. The last, incomplete batch of an epoch is left out.</value>
    public int BatchSize;

    /// <summary>Learning rate of Adam at the top of its schedule: it rises linearly, then falls along half a cosine.</summary>
    /// <value>Positive; default 4e-3 for rows, 1e-2 for samples.</value>
    public double LearningRate;

    /// <summary>Share of training in which the learning rate rises.</summary>
    /// <value>From 0 to 0.5; default 0.02.</value>
    public double WarmupFraction = 0.02;

    /// <summary>Learning rate at the end of training, as a share of <see cref="LearningRate"/>.</summary>
    /// <value>From 0 to 1 (a constant rate); default 0.01.</value>
    public double FinalLearningRateFraction = 0.01;

    /// <summary>Weight decay.</summary>
    /// <value>At least 0; default 0. The paper uses 1e-3, coupled.</value>
    public double WeightDecay;

    /// <summary>Whether weight decay acts on the weights directly (AdamW) instead of being added to the gradient (Adam with L2, as in the
    /// paper).</summary>
    /// <value>Default true.</value>
    public bool DecoupledWeightDecay = true;

    /// <summary>Decay of Adam's first moment.</summary>
    /// <value>From 0 to below 1; default 0.9.</value>
    internal double Beta1 = 0.9;

    /// <summary>Decay β₂ of Adam's second moment.</summary>
    /// <value>From 0 to below 1; default 0.999. About 0.99 where the gradients at the start are many times those at the end: steps are
    /// small until 1/(1 - β₂) steps have forgotten them.</value>
    public double Beta2 = 0.999;

    /// <summary>Floor under the root of Adam's second moment.</summary>
    /// <value>Positive; default 1e-8.</value>
    internal double Epsilon = 1e-8;

    /// <summary>Largest norm of the gradient; longer ones are shortened to it.</summary>
    /// <value>Positive, or infinity for no clipping; default 100 nats per unit of the parameters.</value>
    public double MaxGradientNorm = 100;

    /// <summary>Decay of the exponential moving average of the weights, which is what is validated, measured and kept.</summary>
    /// <value>From 0 (no averaging) to below 1; default 0.998 for rows, 0.98 for samples.</value>
    public double AverageDecay;

    /// <summary>Largest depth that training refines to; where it does not suffice, a remark says so.</summary>
    /// <value>At least 1; default 512.</value>
    public int MaxDepth = 512;

    /// <summary>Time after which training stops. Null for no limit. One step is always taken.</summary>
    /// <remarks>The clock changes nothing unless time runs short. Then the last step N is set after 70% of the time, so that the rate still
    /// falls to its end, and a remark says N. While an energy is annealed, N is set after 10% of the time if less than half of the steps
    /// are in reach.</remarks>
    public TimeSpan? TimeLimit;

    /// <summary>Optimiser steps N after which training ends; in the last quarter of them the rate falls to its end.</summary>
    /// <remarks>With <see cref="TrainingReport.RepeatableSteps"/> of another training it repeats that one. With this or with a
    /// <see cref="TimeLimit"/> the warm-up takes at most 100 steps.</remarks>
    /// <value>At least 1; null (default): as many as the epochs, or Steps, make, which is also the most.</value>
    public long? MaxSteps;

    /// <summary>What tells the time.</summary>
    internal TimeProvider Clock = TimeProvider.System;

    /// <summary>How often training may return to the last good state, each time with half the rate, before it gives up.</summary>
    /// <value>At least 0; default 5.</value>
    internal int MaxRecoveries = 5;

    /// <summary>Where the state of training is kept so that it resumes after an interruption; null keeps none. Written at each round's end
    /// and on cancellation.</summary>
    public string? CheckpointPath;

    /// <summary>Steps between further checkpoints; null writes none inside a round.</summary>
    /// <value>At least 1.</value>
    public long? CheckpointEverySteps;

    /// <summary>Whether the checkpoint of a training that has ended is kept, so that nothing is lost if storing the model fails; a
    /// training that finds it ends at once.</summary>
    /// <value>Default false. The caller deletes the file once the model is stored.</value>
    public bool KeepCheckpoint;

    /// <summary>Seed of everything random: order of the batches, dequantisation noise, validation split, samples, probes.</summary>
    /// <value>Default 1.</value>
    public ulong Seed = 1;

    /// <summary>The processes that train together, each given the same data, options and seed; each takes a part of every batch.</summary>
    /// <value>Default <see cref="Solo"/>: this one alone. <see cref="MpiCollective.World"/>: those that mpirun started. A batch has at
    /// least one row or sample for each.</value>
    public ICollective Collective = Solo.Instance;

    /// <summary>The same with the time limit of process 0, whose clock decides.</summary>
    internal TrainerOptions OfFirst()
    {
        if (Collective.Size == 1)
        {
            return this;
        }

        var limit = Collective.OfFirst(TimeLimit?.TotalSeconds ?? 0);
        return this with { TimeLimit = limit > 0 ? TimeSpan.FromSeconds(limit) : null };
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    internal virtual void Validate()
    {
        ArgumentNullException.ThrowIfNull(Collective);
        TensorChecks.RequireAtLeast(BatchSize, Collective.Size);
        TensorChecks.RequireAtLeast(LearningRate, double.Epsilon);
        TensorChecks.RequireOption(WarmupFraction, 0, 0.5);
        TensorChecks.RequireOption(FinalLearningRateFraction, 0, 1);
        TensorChecks.RequireAtLeast(WeightDecay, 0);
        TensorChecks.RequireOption(Beta1, 0, 1 - 1e-12);
        TensorChecks.RequireOption(Beta2, 0, 1 - 1e-12);
        TensorChecks.RequireAtLeast(Epsilon, double.Epsilon);
        TensorChecks.RequireOption(MaxGradientNorm, double.Epsilon, double.PositiveInfinity);
        TensorChecks.RequireOption(AverageDecay, 0, 1 - 1e-9);
        TensorChecks.RequireAtLeast(MaxRecoveries, 0);
        TensorChecks.RequireOption(MaxDepth, 1, 1 << 20);
        TensorChecks.RequireAtLeast(TimeLimit?.Ticks ?? 1, 1, nameof(TimeLimit));
        TensorChecks.RequireAtLeast(MaxSteps ?? 1, 1, nameof(MaxSteps));
        TensorChecks.RequireAtLeast(CheckpointEverySteps ?? 1, 1, nameof(CheckpointEverySteps));
    }
}
