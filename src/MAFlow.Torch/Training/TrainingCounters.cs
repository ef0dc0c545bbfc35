using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>Every number of a training's state that is not a tensor.</summary>
internal sealed record TrainingCounters
{
    private static readonly JsonSerializerOptions _format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
    };

    /// <summary>Optimiser steps taken.</summary>
    public long Step { get; init; }

    /// <summary>Rounds that have ended.</summary>
    public int Round { get; init; }

    /// <summary>Optimiser steps taken before the current round.</summary>
    public long RoundStart { get; init; }

    /// <summary>Steps of the current round.</summary>
    public long Position { get; init; }

    /// <summary>Number of the last step, once the clock has set it.</summary>
    public long? End { get; init; }

    /// <summary>Sum of the reported means of the current round.</summary>
    public double RoundLoss { get; init; }

    public double RateFactor { get; init; } = 1;

    /// <summary>Returns to the last good state.</summary>
    public int Recoveries { get; init; }

    public IReadOnlyList<string> Remarks { get; init; } = [];

    public double SmoothedLoss { get; init; } = double.NaN;

    public double BestSmoothedLoss { get; init; } = double.PositiveInfinity;

    public int BestRound { get; init; }

    public double BestNll { get; init; } = double.PositiveInfinity;

    public double ElapsedSeconds { get; init; }

    public IReadOnlyList<TrainingRecord> History { get; init; } = [];

    /// <summary>Depth of the flow when training began.</summary>
    public int AskedDepth { get; init; } = 1;

    /// <summary>Depth in use.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Precision that was chosen by time; null where it was asked for.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Depth at which the limit was last said to be too low; 0 for never.</summary>
    public int LimitedDepth { get; init; }

    /// <summary>What a start without simulation did; null where there was none.</summary>
    public StartReport? Start { get; init; }

    /// <summary>Whether the clock ended it.</summary>
    public bool IsStartCut { get; init; }

    /// <summary>Whether there are weights that were found to be good: those of a round, or of a start that was kept.</summary>
    [JsonIgnore]
    public bool HasBest => BestRound > 0 || Start is { IsKept: true };

    /// <summary>Null while training goes on.</summary>
    public TrainingOutcome? Outcome { get; init; }

    /// <summary>The same with one remark more.</summary>
    public TrainingCounters Remarking(string remark) => this with { Remarks = [.. Remarks, remark] };

    /// <summary>Checks numbers that came from a file.</summary>
    /// <param name="batches">Batches in an epoch; none where there are no epochs.</param>
    /// <param name="depth">Depth of the flow; null where any is right.</param>
    /// <param name="maxDepth">Largest depth that training may refine to.</param>
    /// <exception cref="FormatException">They are no place in this training.</exception>
    public void Validate(long? batches, int? depth, int maxDepth)
    {
        if (Step < 0 || RoundStart < 0 || Round < 0 || Depth < 1 || AskedDepth < 1 || LimitedDepth < 0 || Recoveries < 0
            || End < Step || Precision is not (null or Potentials.Precision.Full or Potentials.Precision.BFloat16Products)
            || BestRound < 0 || BestRound > Round || Position < 0 || Position > (batches ?? long.MaxValue)
            || !(RateFactor is > 0 and <= 1) || !double.IsFinite(RoundLoss) || !(ElapsedSeconds is >= 0 and < 1e12)
            || History.Count != Round || History.Where((record, index) => record?.Round != index + 1).Any()
            || Remarks.Any(remark => remark is null) || (Outcome is { } outcome && !Enum.IsDefined(outcome.StopReason)))
        {
            throw new FormatException("Expected counters that describe a place in a training in the checkpoint; the file is "
                + "damaged, remove it to start afresh.");
        }

        if (depth is { } present && present != AskedDepth && present != Depth)
        {
            throw new FormatException(
                $"Expected a checkpoint of this training, got one of another: its depth is {Depth}, begun at {AskedDepth}, instead "
                + $"of {present}; remove the file or give another path.");
        }

        if (Depth > Math.Max(maxDepth, AskedDepth))
        {
            throw new FormatException(
                $"Expected a depth from 1 to {Math.Max(maxDepth, AskedDepth)} in the checkpoint, got {Depth}; give the MaxDepth it "
                + $"was written with, or remove the file to start afresh.");
        }
    }

    public string Encode() => JsonSerializer.Serialize(this, _format);

    /// <exception cref="FormatException">The text is no state of a training.</exception>
    public static TrainingCounters Decode(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingCounters>(text, _format)
                ?? throw new FormatException("Expected the counters of a training, got nothing.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"The counters in the checkpoint are damaged: {error.Message}", error);
        }
    }
}
