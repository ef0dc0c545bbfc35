using Microsoft.ML;
using Microsoft.ML.Data;

[assembly: DoNotParallelize]

namespace MAFlow.MLNet.Tests;

/// <summary>A row with a vector to learn from, and with columns of many types that have to come through untouched.</summary>
internal sealed class Record
{
    [VectorType(3)]
    public float[] Features { get; set; } = [];

    public float Label { get; set; }

    public string Name { get; set; } = "";

    public double Number { get; set; }

    public DateTime Time { get; set; }

    public uint Count { get; set; }

    [VectorType]
    public string[] Words { get; set; } = [];

    [VectorType(2)]
    public double[] Pair { get; set; } = [];
}

/// <summary>Small synthetic tables.</summary>
internal static class Tables
{
    /// <summary>A curved cloud in three dimensions: two features that depend on each other, and noise.</summary>
    public static Record[] Records(int rows, int seed = 7, Func<int, float>? label = null)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            var (u, v, w) = (Normal(random), Normal(random), Normal(random));
            return new Record
            {
                Features = [u, u * u / 2 + v / 2, 3 + 2 * w],
                Label = label?.Invoke(row) ?? 0,
                Name = $"row {row}",
                Number = row / 8.0,
                Time = new DateTime(2020, 1, 1).AddHours(row),
                Count = (uint)row,
                Words = [.. Enumerable.Range(0, row % 4).Select(word => $"word {row} {word}")],
                Pair = [row, -row],
            };
        })];
    }

    public static IDataView View(MLContext context, int rows, int seed = 7) => context.Data.LoadFromEnumerable(Records(rows, seed));

    /// <summary>A view of one column of vectors.</summary>
    public static IDataView Vectors(params float[][] rows) => Vectors(rows, "Features");

    public static IDataView Vectors(float[][] rows, string name) =>
        new FeatureMatrixView(new FeatureMatrix([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length), name);

    public static float[][] Column(IDataView view, string name) =>
        [.. view.GetColumn<VBuffer<float>>(view.Schema[name]).Select(vector => vector.DenseValues().ToArray())];

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
