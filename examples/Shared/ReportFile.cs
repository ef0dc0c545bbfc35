using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Examples;

/// <summary>Reports as JSON: names in camel case, numbers that are not finite by name.</summary>
public static class ReportFile
{
    private static readonly JsonSerializerOptions _format = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Save<T>(string path, T report) =>
        AtomicFile.Write(path, temporary => File.WriteAllText(temporary, JsonSerializer.Serialize(report, _format) + "\n"));

    /// <exception cref="FormatException">The file is none that <see cref="Save"/> wrote.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), _format) ?? throw new FormatException($"Expected contents in '{path}', got nothing; delete it.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"Expected the file '{path}' as this program writes it, got: {error.Message} Delete it and run again.", error);
        }
    }
}
