using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Torch;

/// <summary>Every number of a training's state that is not a tensor.</summary>
internal sealed record TrainingCounters
{
    private static readonly JsonSerializerOptions Format = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

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

    public string Encode() => JsonSerializer.Serialize(this, Format);

    /// <exception cref="FormatException">The text is no state of a training.</exception>
    public static TrainingCounters Decode(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingCounters>(text, Format) ?? throw new FormatException("Expected the counters of a training, got nothing.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"The counters in the checkpoint are damaged: {error.Message}", error);
        }
    }
}
