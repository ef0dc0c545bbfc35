namespace MAFlow.Torch.Training;

/// <summary>How a flow is trained towards a density given by its energy.</summary>
public sealed record VariationalTrainerOptions
{
    /// <summary>Optimiser steps of a training that runs to its end.</summary>
    /// <value>At least 1; default 1000.</value>
    public int Steps { get; init; } = 1000;

    /// <summary>Samples per optimiser step.</summary>
    /// <value>At least 2; default 64.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Batches per optimiser step, whose gradients are added up: as one batch of that many times the size, in the memory of one.</summary>
    /// <value>At least 1; default 1.</value>
    public int AccumulateBatches { get; init; } = 1;

    /// <summary>
    /// Whether the gradient leaves out the score ∂ ln p_θ/∂θ at fixed x, whose mean is zero: its spread then vanishes as the flow approaches the target. A step costs about twice as much.
    /// </summary>
    /// <value>Default false. Roeder, Wu, Duvenaud (2017); Vaitl, Nicoli, Nakajima, Kessel (2022).</value>
    public bool PathGradient { get; init; }

    /// <summary>Weight of the force-matching term E|∇ ln p(x) + β∇E(x)|² that is added to the free energy. Needs second derivatives of the potential and the energy: a step costs many times as much.</summary>
    /// <value>At least 0; default 0, no such term.</value>
    public double ForceMatchingWeight { get; init; }

    /// <summary>Adam's settings.</summary>
    /// <value>Default: a rate of 1e-2.</value>
    public AdamOptions Optimizer { get; init; } = new() { LearningRate = 1e-2 };

    /// <summary>Warm-up and decay of the learning rate.</summary>
    public WarmupCosineSchedule Schedule { get; init; } = new();

    /// <summary>Largest norm of the gradient; longer ones are shortened to it.</summary>
    /// <value>Positive, or infinity for no clipping; default 100.</value>
    public double MaxGradientNorm { get; init; } = 100;

    /// <summary>Decay of the exponential moving average of the weights, which is what is measured and kept.</summary>
    /// <value>From 0 (no averaging) to below 1; default 0.98.</value>
    public double AverageDecay { get; init; } = 0.98;

    /// <summary>Share of training over which the energy is annealed from a high temperature 1/β: its factor β rises linearly from <see cref="InitialInverseTemperature"/> to 1.</summary>
    /// <value>From 0 (no annealing, the default) to 0.9.</value>
    public double AnnealingFraction { get; init; }

    /// <summary>β at the start of annealing.</summary>
    /// <value>From 0 to 1; default 0.1.</value>
    public double InitialInverseTemperature { get; init; } = 0.1;

    /// <summary>Steps between measurements of the averaged weights, at which depth is checked and progress kept.</summary>
    /// <value>At least 1; default 50.</value>
    public int MeasureEverySteps { get; init; } = 50;

    /// <summary>Samples of a measurement during training.</summary>
    /// <value>At least 16; default 256.</value>
    public int MeasureSamples { get; init; } = 256;

    /// <summary>Samples of the final measurement.</summary>
    /// <value>At least 16; default 4096.</value>
    public int FinalSamples { get; init; } = 4096;

    /// <summary>Largest difference between F at depth d and 2d, as a share of F's standard error; beyond it d is doubled.</summary>
    /// <value>Positive; default 0.5.</value>
    public double DepthTolerance { get; init; } = 0.5;

    /// <summary>Largest difference between F at depth d and 2d per coordinate, in nats; beyond it d is doubled, however large the standard error.</summary>
    /// <value>Positive; default 1e-4.</value>
    public double DepthTolerancePerCoordinate { get; init; } = 1e-4;

    /// <summary>Largest depth that the guard may choose.</summary>
    /// <value>At least the flow's own depth; default 512.</value>
    public int MaxDepth { get; init; } = 512;

    /// <summary>Time after which training stops; the schedule is fitted to whichever of steps and time ends first. Null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>How often training may return to the last good state, each time with half the rate, before it gives up.</summary>
    /// <value>At least 0; default 5.</value>
    public int MaxRecoveries { get; init; } = 5;

    /// <summary>Where the state of training is kept so that it resumes after an interruption; null keeps none. Written at each measurement.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Seed of the samples.</summary>
    public ulong Seed { get; init; } = 1;

    internal TrainingSettings Shared => new(Optimizer, Schedule, MaxGradientNorm, AverageDecay, TimeLimit, MaxRecoveries, CheckpointPath, Seed);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        Shared.Validate();
        TensorChecks.RequireAtLeast(Steps, 1);
        TensorChecks.RequireAtLeast(BatchSize, 2);
        TensorChecks.RequireAtLeast(AccumulateBatches, 1);
        TensorChecks.RequireAtLeast(ForceMatchingWeight, 0);
        TensorChecks.RequireOption(AnnealingFraction, 0, 0.9);
        TensorChecks.RequireOption(InitialInverseTemperature, 0, 1);
        TensorChecks.RequireAtLeast(MeasureEverySteps, 1);
        TensorChecks.RequireAtLeast(MeasureSamples, 16);
        TensorChecks.RequireAtLeast(FinalSamples, 16);
        TensorChecks.RequireAtLeast(DepthTolerance, double.Epsilon);
        TensorChecks.RequireAtLeast(DepthTolerancePerCoordinate, double.Epsilon);
        TensorChecks.RequireAtLeast(MaxDepth, 1);
    }

    /// <summary>Factor β on the energy at a progress of training from 0 to 1.</summary>
    internal double InverseTemperature(double progress) => progress >= AnnealingFraction
        ? 1
        : InitialInverseTemperature + ((1 - InitialInverseTemperature) * progress / AnnealingFraction);
}
