using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>What a training did.</summary>
public sealed record TrainingReport
{
    [JsonConstructor]
    internal TrainingReport(
        IReadOnlyList<TrainingRecord> history,
        int bestRound,
        double? bestValidationNll,
        FreeEnergyMeasurement? freeEnergy,
        int depth,
        double? depthDifference,
        bool isConverged,
        long steps,
        long? repeatableSteps,
        IReadOnlyList<string> remarks,
        StopReason stopReason,
        TimeSpan elapsed,
        StartReport? start,
        double? transportCost = null)
    {
        (History, BestRound, BestValidationNll, FreeEnergy) = (history, bestRound, bestValidationNll, freeEnergy);
        (Depth, DepthDifference, IsConverged, TransportCost) = (depth, depthDifference, isConverged, transportCost);
        (Steps, RepeatableSteps, Remarks, StopReason, Elapsed) = (steps, repeatableSteps, remarks, stopReason, elapsed);
        Start = start;
    }

    /// <summary>One record per round.</summary>
    public IReadOnlyList<TrainingRecord> History { get; }

    /// <summary>Round whose averaged weights are kept: that of the best validation likelihood, or the last; 0 where the initial weights
    /// are kept, or those of a start that no round improved on.</summary>
    public int BestRound { get; }

    /// <summary>Mean -ln p of all validation rows under the weights that are kept, at <see cref="Depth"/>, in nats; null without
    /// validation or where neither a round nor a start was kept.</summary>
    /// <remarks>Where the depth was refined after the best round, it differs from that round's record.</remarks>
    public double? BestValidationNll { get; }

    /// <summary>The final measurement of a variational training, on fresh samples; null when no depth up to the largest allowed converges,
    /// so that no bound can be stated.</summary>
    public FreeEnergyMeasurement? FreeEnergy { get; }

    /// <summary>Depth at which training ended, which is now the flow's own.</summary>
    public int Depth { get; }

    /// <summary>What twice that depth changes under the weights that are kept, in nats: of the mean NLL of at most 2,048 validation rows,
    /// or of F; null where no tolerance was set.</summary>
    public double? DepthDifference { get; }

    /// <summary>Whether that difference is within the tolerance; if not, a remark says what to do.</summary>
    public bool IsConverged { get; }

    /// <summary>T E ∫₀ᵀ |∇φ|² dt of 2,048 samples under the weights that are kept: an upper bound of the squared Wasserstein distance W₂²
    /// between the standard normal and what the flow makes of it, in its own coordinates. Benamou, Brenier (2000).</summary>
    /// <remarks>A bijection behind the flow is not included. Equal to W₂² where all points move on straight lines at constant
    /// speed.</remarks>
    /// <value>Null where the objective of a density training contains no kinetic energy.</value>
    public double? TransportCost { get; }

    /// <summary>Optimiser steps taken.</summary>
    public long Steps { get; }

    /// <summary><see cref="TrainerOptions.MaxSteps"/> with which the same seed, data and options give the same weights bit for bit on this
    /// machine, however fast it is then; null where time ran out too early for that.</summary>
    /// <remarks>Without a remark on the time limit they do so without MaxSteps too, as long as time suffices.</remarks>
    public long? RepeatableSteps { get; }

    /// <summary>Events of the training that a user should know, in order of time: returns to the last good state, refinements of the depth,
    /// numbers that are not finite, limits that were reached. Each says what to do.</summary>
    public IReadOnlyList<string> Remarks { get; init; }

    /// <summary>What the start without simulation did; null where there was none: it was not asked for, or is not for such a
    /// flow.</summary>
    public StartReport? Start { get; }

    /// <summary>Why it ended.</summary>
    public StopReason StopReason { get; }

    /// <summary>Time spent, earlier parts of a resumed training included.</summary>
    public TimeSpan Elapsed { get; }
}
