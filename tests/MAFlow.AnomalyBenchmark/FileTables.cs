using System.Globalization;

namespace MAFlow.AnomalyBenchmark;

/// <summary>The CSV files of a folder: a header, then numbers, the last of them 0 for ordinary rows and anything else for
/// anomalies.</summary>
internal static class FileTables
{
    /// <summary>The files, in the order of their names.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.csv").OrderBy(Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The name without a number before it, as collections of tables have them.</summary>
    public static string Name(string file) => Path.GetFileNameWithoutExtension(file).TrimStart("0123456789_".ToCharArray());

    /// <summary>Ordinary rows and anomalies.</summary>
    public static (float[][] Ordinary, float[][] Anomalies) Read(string file)
    {
        float[][] rows = [.. File.ReadLines(file).Skip(1).Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        return ([.. rows.Where(row => row[^1] == 0).Select(row => row[..^1])], [.. rows.Where(row => row[^1] != 0).Select(row => row[..^1])]);
    }
}
