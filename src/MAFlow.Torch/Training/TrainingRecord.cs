using System.Collections.ObjectModel;
using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>One round of a training: an epoch of a density training, or the steps up to a measurement of a variational one.</summary>
public sealed record TrainingRecord
{
    [JsonConstructor]
    internal TrainingRecord(
        int round,
        long step,
        double loss,
        double? validationNll,
        IReadOnlyDictionary<string, double>? monitoredNll,
        FreeEnergyMeasurement? freeEnergy,
        double learningRate,
        double elapsedSeconds)
    {
        (Round, Step, Loss, ValidationNll, FreeEnergy) = (round, step, loss, validationNll, freeEnergy);
        MonitoredNll = monitoredNll ?? ReadOnlyDictionary<string, double>.Empty;
        (LearningRate, ElapsedSeconds) = (learningRate, elapsedSeconds);
    }

    /// <summary>Number of the round, from 1.</summary>
    public int Round { get; }

    /// <summary>Optimiser steps taken by its end, or so far.</summary>
    public long Step { get; }

    /// <summary>Mean of what the objective reported over the round's batches as they were trained on, in nats: -ln p per row of original
    /// data, or ln p + βE per sample.</summary>
    public double Loss { get; }

    /// <summary>Mean -ln p of the validation rows under the averaged weights, in nats; null without validation
    /// and before the round's end.</summary>
    public double? ValidationNll { get; }

    /// <summary>Mean -ln p of each monitored row set under the averaged weights, in nats per row, by its name; empty where none was
    /// monitored and before the round's end.</summary>
    public IReadOnlyDictionary<string, double> MonitoredNll { get; }

    /// <summary>The free energy of the averaged weights; null in a density training and before the
    /// round's end.</summary>
    public FreeEnergyMeasurement? FreeEnergy { get; }

    /// <summary>Rate of the round's last step.</summary>
    public double LearningRate { get; }

    /// <summary>Seconds from the start of training to the round's end, or so far; earlier parts of a resumed training included.</summary>
    public double ElapsedSeconds { get; }
}
