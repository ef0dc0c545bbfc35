using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MAFlow.Examples;

/// <summary>Writes a file under a temporary name and renames it: a reader sees the old file or the whole new one.</summary>
public static class AtomicFile
{
    public static void Write(string path, Action<string> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}

/// <summary>Reports as JSON: names in camel case, numbers that are not finite by name.</summary>
public static class ReportFile
{
    private static readonly JsonSerializerOptions _format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Save<T>(string path, T report) =>
        AtomicFile.Write(path, temporary => File.WriteAllText(temporary, JsonSerializer.Serialize(report, _format) + "\n"));

    /// <exception cref="FormatException"><see cref="Save"/> did not write this file.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), _format)
                ?? throw new FormatException($"Expected contents in '{path}', got nothing; delete it.");
        }
        catch (JsonException error)
        {
            throw new FormatException(
                $"Expected the file '{path}' as this program writes it, got: {error.Message} Delete it and run again.", error);
        }
    }
}

/// <summary>The files of a run.</summary>
public static class OutputFiles
{
    /// <returns>The path of the picture.</returns>
    public static string SavePng(DirectoryInfo directory, string name, byte[] png)
    {
        var path = Path.Combine(directory.FullName, name);
        AtomicFile.Write(path, temporary => File.WriteAllBytes(temporary, png));
        return path;
    }

    /// <summary>Prints their paths.</summary>
    public static void Print(IEnumerable<string> files)
    {
        Console.WriteLine();
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    /// <summary>The most memory that this process has used, in GB.</summary>
    public static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e9;
    }
}
