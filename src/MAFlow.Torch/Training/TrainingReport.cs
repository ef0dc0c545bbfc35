using System.Collections.ObjectModel;

namespace MAFlow.Torch.Training;

/// <summary>One epoch of a training.</summary>
/// <param name="Epoch">Number of the epoch, from 1.</param>
/// <param name="TrainingNll">Mean -ln p over the epoch's batches as they were trained on, in nats per row of original data.</param>
/// <param name="ValidationNll">Mean -ln p of the validation rows under the averaged weights, in nats; null without validation.</param>
/// <param name="LearningRate">Rate of the epoch's last step.</param>
/// <param name="ElapsedSeconds">Time from the start of training to the epoch's end.</param>
public sealed record EpochRecord(int Epoch, double TrainingNll, double? ValidationNll, double LearningRate, double ElapsedSeconds)
{
    /// <summary>Mean -ln p of each monitored row set under the averaged weights, in nats per row, by its name; empty where none was monitored.</summary>
    public IReadOnlyDictionary<string, double> MonitoredNll { get; init; } = ReadOnlyDictionary<string, double>.Empty;
}

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were run.</summary>
    Completed,

    /// <summary>The validation likelihood no longer improved.</summary>
    EarlyStopping,

    /// <summary>The time limit was reached.</summary>
    TimeLimit,

    /// <summary>The loss kept diverging; the model holds the last good weights.</summary>
    Diverged,
}

/// <summary>What a training did.</summary>
/// <param name="History">One record per epoch.</param>
/// <param name="BestEpoch">Epoch whose averaged weights the model now holds.</param>
/// <param name="BestValidationNll">Its validation value in nats; null without validation.</param>
/// <param name="Steps">Optimiser steps taken.</param>
/// <param name="Remarks">One sentence per return to the last good state, and per refinement of the depth.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="Elapsed">Time spent, earlier parts of a resumed training included.</param>
public sealed record TrainingReport(
    IReadOnlyList<EpochRecord> History,
    int BestEpoch,
    double? BestValidationNll,
    long Steps,
    IReadOnlyList<string> Remarks,
    StopReason StopReason,
    TimeSpan Elapsed)
{
    /// <summary>Depth at which training ended, which is now the model's own: that of its options, or what <see cref="DensityTrainerOptions.DepthTolerance"/> made necessary.</summary>
    public int Depth { get; init; }
}
