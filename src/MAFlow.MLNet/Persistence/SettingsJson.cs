using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.MLNet.Persistence;

/// <summary>Settings as JSON behind their length, read without trusting them.</summary>
internal static class SettingsJson
{
    private const int MaxLength = 1 << 24;

    private static readonly JsonSerializerOptions _json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static void Write<T>(BinaryWriter writer, T settings)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(settings, _json);
        writer.Write(json.Length);
        writer.Write(json);
    }

    /// <summary>Reads settings and checks them.</summary>
    /// <param name="reader">Positioned at the length.</param>
    /// <param name="check">Throws an ArgumentException or a FormatException about what makes no sense.</param>
    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static T Read<T>(BinaryReader reader, Action<T> check)
        where T : class
    {
        var available = reader.BaseStream.Length - reader.BaseStream.Position - sizeof(int);
        if (available < 0)
        {
            throw FlowSettingsFormat.Corrupt("the length of the settings, got the end of the file");
        }

        var length = reader.ReadInt32();
        if (length <= 0 || length > Math.Min(MaxLength, available))
        {
            throw FlowSettingsFormat.Corrupt($"settings of 1 to {Math.Min(MaxLength, available)} bytes, got {length}");
        }

        try
        {
            var settings = JsonSerializer.Deserialize<T>(reader.ReadBytes(length), _json)
                ?? throw FlowSettingsFormat.Corrupt("settings, got null");
            check(settings);
            return settings;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw FlowSettingsFormat.Corrupt($"settings in JSON, got: {error.Message}", error);
        }
    }
}
