using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.MLNet.Persistence;

/// <summary>Writes <see cref="FlowSettings"/> as JSON behind its length, and reads it without trusting it.</summary>
internal static class FlowSettingsFormat
{
    private const int MaxLength = 1 << 24;
    private const int MaxDepth = 1 << 20;
    private const long MaxNumbersInBatch = 1 << 28;

    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static void Write(BinaryWriter writer, FlowSettings settings)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(settings, _json);
        writer.Write(json.Length);
        writer.Write(json);
    }

    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static FlowSettings Read(BinaryReader reader)
    {
        var available = reader.BaseStream.Length - reader.BaseStream.Position - sizeof(int);
        if (available < 0)
        {
            throw Corrupt("the length of the settings, got the end of the file");
        }

        var length = reader.ReadInt32();
        if (length <= 0 || length > Math.Min(MaxLength, available))
        {
            throw Corrupt($"settings of 1 to {Math.Min(MaxLength, available)} bytes, got {length}");
        }

        try
        {
            var settings = JsonSerializer.Deserialize<FlowSettings>(reader.ReadBytes(length), _json)
                ?? throw Corrupt("settings, got null");
            settings.Columns.Validate();
            if (float.IsNaN(settings.Threshold) || settings.ScoringBatchSize < 1 || settings.ScoringDepth < 1)
            {
                throw Corrupt($"a threshold, a batch size and a depth that make sense, got {settings}");
            }

            if (settings.Columns.PValue is not null && settings.HeldOut is not { Length: > 0 }
                || settings.Columns.Contributions is not null && settings.Deviations is null)
            {
                throw Corrupt("held-out scores for p-values and deviations for contributions, got none");
            }

            return settings;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw Corrupt($"settings in JSON, got: {error.Message}", error);
        }
    }

    /// <summary>Checks settings against the model that they came with.</summary>
    /// <exception cref="FormatException">They do not belong together, or would make scoring take all memory.</exception>
    public static void RequireFitting(FlowSettings settings, long dimension)
    {
        if (settings.ScoringBatchSize > MaxNumbersInBatch / dimension)
        {
            throw Corrupt($"at most {MaxNumbersInBatch / dimension} rows of {dimension} features in a batch, got "
                + $"{settings.ScoringBatchSize}");
        }

        if (settings.ScoringDepth > MaxDepth)
        {
            throw Corrupt($"a depth of at most {MaxDepth}, got {settings.ScoringDepth}");
        }

        if (settings.Deviations is { } deviations && (deviations.Length != dimension || !Array.TrueForAll(deviations, float.IsFinite)))
        {
            throw Corrupt($"a finite deviation for each of {dimension} features, got {deviations.Length} numbers");
        }
    }

    /// <summary>The error for a file that is damaged or was not written by this library.</summary>
    public static FormatException Corrupt(string expectedAndGot, Exception? cause = null) =>
        new($"The file holds no readable Monge-Ampère flow: expected {expectedAndGot}. Save the model again with "
            + "mlContext.Model.Save.", cause);
}
