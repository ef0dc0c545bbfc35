using System.Globalization;
using System.IO.Compression;

namespace MAFlow.AnomalyBenchmark;

/// <summary>UCI breast cancer (malignant is anomalous) and UCI digits (one class is ordinary, all others are anomalous).</summary>
internal static class UciTables
{
    public static IEnumerable<LabelledTable> All(int seed)
    {
        var cancer = Read("breast_cancer.csv", skip: 1);
        yield return Split("breast cancer", cancer, label => label == 1, seed);
        var digits = Read("digits.csv.gz", skip: 0);
        for (var digit = 0; digit < 10; digit++)
        {
            var ordinary = digit;
            yield return Split($"digits, {digit} is ordinary", digits, label => label == ordinary, seed);
        }
    }

    private static LabelledTable Split(string name, float[][] rows, Func<float, bool> isOrdinary, int seed) => LabelledTable.Split(
        name,
        [.. rows.Where(row => isOrdinary(row[^1])).Select(row => row[..^1])],
        [.. rows.Where(row => !isOrdinary(row[^1])).Select(row => row[..^1])],
        seed);

    private static float[][] Read(string resource, int skip)
    {
        using var stream = typeof(UciTables).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(resource.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(skip)
            .Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
    }
}
