namespace MAFlow.Torch.Training;

/// <summary>How a flow is trained towards a density given by its energy.</summary>
public sealed record VariationalTrainerOptions : TrainerOptions
{
    /// <summary>Creates the default options.</summary>
    public VariationalTrainerOptions() => (BatchSize, LearningRate, AverageDecay) = (64, 1e-2, 0.98);

    /// <summary>What is minimised; null for <see cref="Objective.FreeEnergy"/> of the target. Measurements are of the free energy, also
    /// with another objective.</summary>
    public Objective? Objective;

    /// <summary>Optimiser steps of a training that runs to its end.</summary>
    /// <value>At least 1; default 1000.</value>
    public int Steps = 1000;

    /// <summary>Batches per optimiser step, whose gradients are added up: as one batch of that many times the size, in the memory of
    /// one.</summary>
    /// <value>At least 1; default 1.</value>
    public int AccumulateBatches = 1;

    /// <summary>Share of training over which the energy is annealed from a high temperature 1/β: its factor β rises
    /// linearly from 0.1 to 1.</summary>
    /// <value>From 0 (no annealing, the default) to 0.9.</value>
    public double AnnealingFraction;

    /// <summary>β at the start of annealing.</summary>
    /// <value>From 0 to 1; default 0.1.</value>
    internal double InitialInverseTemperature = 0.1;

    /// <summary>Steps between measurements of the averaged weights, at which depth is checked and progress kept.</summary>
    /// <value>At least 1; default 50.</value>
    public int MeasureEverySteps = 50;

    /// <summary>Samples of a measurement during training.</summary>
    /// <value>At least 16; default 256.</value>
    public int MeasureSamples = 256;

    /// <summary>Samples of the final measurement.</summary>
    /// <value>At least 16; default 4096.</value>
    public int FinalSamples = 4096;

    /// <summary>Largest difference between F at depth d and 2d, as a share of F's standard error; beyond it d is doubled.</summary>
    /// <value>Positive; default 0.5.</value>
    public double DepthTolerance = 0.5;

    /// <summary>Largest difference between F at depth d and 2d per coordinate, in nats; beyond it d is doubled, however large the standard
    /// error.</summary>
    /// <value>Positive; default 1e-4.</value>
    public double DepthTolerancePerCoordinate = 1e-4;

    /// <inheritdoc/>
    internal override void Validate()
    {
        base.Validate();
        TensorChecks.RequireAtLeast(Steps, 1);
        TensorChecks.RequireAtLeast(BatchSize, 2);
        TensorChecks.RequireAtLeast(AccumulateBatches, 1);
        TensorChecks.RequireOption(AnnealingFraction, 0, 0.9);
        TensorChecks.RequireOption(InitialInverseTemperature, 0, 1);
        TensorChecks.RequireAtLeast(MeasureEverySteps, 1);
        TensorChecks.RequireAtLeast(MeasureSamples, 16);
        TensorChecks.RequireAtLeast(FinalSamples, 16);
        TensorChecks.RequireAtLeast(DepthTolerance, double.Epsilon);
        TensorChecks.RequireAtLeast(DepthTolerancePerCoordinate, double.Epsilon);
    }

    /// <summary>Factor β on the energy at a progress of training from 0 to 1.</summary>
    internal double InverseTemperature(double progress) => progress >= AnnealingFraction
        ? 1
        : InitialInverseTemperature + ((1 - InitialInverseTemperature) * progress / AnnealingFraction);
}
