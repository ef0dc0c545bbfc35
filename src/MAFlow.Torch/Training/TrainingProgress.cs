namespace MAFlow.Torch.Training;

/// <summary>Where a training stands.</summary>
public sealed record TrainingProgress
{
    internal TrainingProgress(TrainingRecord current) => Current = current;

    /// <summary>The round in progress as far as it is known, or, at its end, the one that just ended: the last of
    /// <see cref="History"/>.</summary>
    public TrainingRecord Current { get; }

    /// <summary>Rounds of a training that runs to its end.</summary>
    public int Rounds { get; internal init; }

    /// <summary>Optimiser steps of a training that runs to its end.</summary>
    public long Steps { get; internal init; }

    /// <summary>Standard deviation of the last batch's reported values, in nats.</summary>
    internal double Deviation { get; init; }

    /// <summary>Factor β on the energy; below 1 while it is annealed.</summary>
    public double InverseTemperature { get; internal init; }

    /// <summary>Norm of the last gradient before clipping.</summary>
    internal double GradientNorm { get; init; }

    /// <summary>Depth in use.</summary>
    public int Depth { get; internal init; }

    /// <summary>Whether a round just ended.</summary>
    public bool IsRoundEnd { get; internal init; }

    /// <summary>Estimated time left if training does not stop early.</summary>
    public TimeSpan Remaining { get; internal init; }

    /// <summary>What the start without simulation did; null before it ends, and where there is none.</summary>
    public StartReport? Start { get; internal init; }

    /// <summary>Events of the training so far that a user should know, in order of time: sentences with their step and a cure. The
    /// list only grows.</summary>
    public IReadOnlyList<string> Remarks { get; internal init; } = [];

    /// <summary>One record per round that has ended, those before an interruption included.</summary>
    public IReadOnlyList<TrainingRecord> History { get; internal init; } = [];
}
