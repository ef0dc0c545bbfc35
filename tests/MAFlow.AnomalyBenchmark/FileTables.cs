using System.Globalization;

namespace MAFlow.AnomalyBenchmark;

/// <summary>The CSV files of a folder: a header, then numbers, the last of them 0 for ordinary rows and anything else for
/// anomalies.</summary>
internal static class FileTables
{
    public static IEnumerable<LabelledTable> All(string folder, int seed)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal))
        {
            float[][] rows = [.. File.ReadLines(file).Skip(1).Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
            yield return LabelledTable.Split(
                Path.GetFileNameWithoutExtension(file),
                [.. rows.Where(row => row[^1] == 0).Select(row => row[..^1])],
                [.. rows.Where(row => row[^1] != 0).Select(row => row[..^1])],
                seed);
        }
    }
}
