using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks.Tables;

/// <summary>The CSV files of a folder: a header, then numbers; a last column named "anomaly" or "label" is left out.</summary>
internal static class TableFiles
{
    private static readonly string[] _labels = ["anomaly", "label"];

    public static IEnumerable<NumericTable> All(string folder, ulong seed)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.csv").Order(StringComparer.Ordinal))
        {
            var names = File.ReadLines(file).First().Split(',');
            var width = names.Length - (_labels.Contains(names[^1].Trim('"'), StringComparer.OrdinalIgnoreCase) ? 1 : 0);
            double[][] rows =
            [
                .. File.ReadLines(file).Skip(1).Select(line => line.Split(',').Take(width).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray()),
            ];
            using var scope = NewDisposeScope();
            yield return NumericTable.Split(Path.GetFileNameWithoutExtension(file), tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, width]), seed);
        }
    }
}
