using System.Text.Json;
using MAFlow.Examples;

namespace MnistDensity;

/// <summary>Writes a report as JSON.</summary>
public static class ReportFile
{
    private static readonly JsonSerializerOptions _format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static void Save<T>(string path, T report) =>
        AtomicFile.Write(path, temporary => File.WriteAllText(temporary, JsonSerializer.Serialize(report, _format) + "\n"));
}
