using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>Every number of a training's state that is not a tensor.</summary>
internal sealed record TrainingCounters
{
    private static readonly JsonSerializerOptions _format = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true };

    public long Step { get; init; }

    public int Epoch { get; init; }

    public long Position { get; init; }

    public double RateFactor { get; init; } = 1;

    public IReadOnlyList<string> Remarks { get; init; } = [];

    public double EpochLoss { get; init; }

    public double SmoothedLoss { get; init; } = double.NaN;

    public double BestSmoothedLoss { get; init; } = double.PositiveInfinity;

    public int BestEpoch { get; init; }

    public double BestNll { get; init; } = double.PositiveInfinity;

    public double ElapsedSeconds { get; init; }

    public IReadOnlyList<EpochRecord> History { get; init; } = [];

    /// <summary>Depth of a variational training, which its guard may raise.</summary>
    public int Depth { get; init; }

    public IReadOnlyList<VariationalRecord> Curve { get; init; } = [];

    public IReadOnlyList<string> DepthRemarks { get; init; } = [];

    /// <summary>Checks numbers that came from a file.</summary>
    /// <param name="batches">Batches in an epoch; 0 where there are no epochs.</param>
    /// <exception cref="FormatException">They are no place in a training.</exception>
    public void Validate(long batches)
    {
        if (Step < 0 || Epoch < 0 || Depth < 0 || BestEpoch < 0 || BestEpoch > Epoch || Position < 0 || Position > batches
            || !(RateFactor is > 0 and <= 1) || !double.IsFinite(EpochLoss) || !(ElapsedSeconds is >= 0 and < 1e12)
            || !History.Select(epoch => epoch?.Epoch).SequenceEqual(Enumerable.Range(1, History.Count).Select(epoch => (int?)epoch)) || History.Count != Epoch || Curve.Any(record => record?.Measurement is null)
            || Remarks.Concat(DepthRemarks).Any(remark => remark is null))
        {
            throw new FormatException("Expected counters that describe a place in a training in the checkpoint; the file is damaged, remove it to start afresh.");
        }
    }

    public string Encode() => JsonSerializer.Serialize(this, _format);

    /// <exception cref="FormatException">The text is no state of a training.</exception>
    public static TrainingCounters Decode(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingCounters>(text, _format) ?? throw new FormatException("Expected the counters of a training, got nothing.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"The counters in the checkpoint are damaged: {error.Message}", error);
        }
    }
}
