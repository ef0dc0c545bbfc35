using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConditionalDensity;

/// <summary>Rows to learn from and rows to test on.</summary>
/// <param name="Name">Name, also of its figures.</param>
/// <param name="Label">What is predicted, with its unit.</param>
/// <param name="Training">Rows to learn from.</param>
/// <param name="Test">Rows to test on.</param>
/// <param name="ExactNll">Mean -ln p of the test rows under the true density, in nats; null where it is not known.</param>
public sealed record DataSet(
    string Name, string Label, IReadOnlyList<Observation> Training, IReadOnlyList<Observation> Test, double? ExactNll = null);

/// <summary>Features with the label to predict.</summary>
public sealed class Observation
{
    public float[] Features { get; init; } = [];

    public float Label { get; init; }

    /// <summary>Rows as a view that knows how many features there are.</summary>
    public static IDataView View(MLContext mlContext, IReadOnlyList<Observation> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Observation));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return mlContext.Data.LoadFromEnumerable(rows, schema);
    }
}

/// <summary>Two sets whose densities are known: one whose spread depends on x, one with two branches.</summary>
public static class SyntheticData
{
    /// <summary>y = N(μ, σ²) with μ = 2 + 3 sin 2x and σ = 0.2 + 0.9 (x/2)².</summary>
    public static DataSet Heteroscedastic(int rows, int testRows, int seed)
    {
        static double Mean(double x) => 2 + (3 * Math.Sin(2 * x));
        static double Deviation(double x) => 0.2 + (0.9 * x * x / 4);
        return Make("heteroscedastic", rows, testRows, seed,
            (x, random) => Mean(x) + (Deviation(x) * Normal(random)),
            (x, y) => Density(y, Mean(x), Deviation(x)));
    }

    /// <summary>Two branches that part: y = N(±(0.25 + (x + 2)/2), 0.25²), the upper one with probability 0.5 + 0.15 x.</summary>
    public static DataSet Bimodal(int rows, int testRows, int seed)
    {
        static double Branch(double x) => 0.25 + ((x + 2) / 2);
        static double Upper(double x) => 0.5 + (0.15 * x);
        return Make("bimodal", rows, testRows, seed,
            (x, random) => (random.NextDouble() < Upper(x) ? Branch(x) : -Branch(x)) + (0.25 * Normal(random)),
            (x, y) => (Upper(x) * Density(y, Branch(x), 0.25)) + ((1 - Upper(x)) * Density(y, -Branch(x), 0.25)));
    }

    private static DataSet Make(
        string name, int rows, int testRows, int seed, Func<double, Random, double> draw, Func<double, double, double> density)
    {
        var random = new Random(seed);
        Observation[] all = [.. Enumerable.Range(0, rows + testRows).Select(_ =>
        {
            var x = (4 * random.NextDouble()) - 2;
            return new Observation { Features = [(float)x], Label = (float)draw(x, random) };
        })];
        var test = all[rows..];
        return new(name, "y", all[..rows], test, -test.Average(row => Math.Log(density(row.Features[0], row.Label))));
    }

    private static double Density(double y, double mean, double deviation) =>
        Math.Exp(-0.5 * Math.Pow((y - mean) / deviation, 2)) / (deviation * Math.Sqrt(2 * Math.PI));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>The embedded breast-cancer table: the area of the largest nuclei of a tumour, from ten means over all its nuclei.</summary>
public static class TumourTable
{
    private const int Means = 10, LargestArea = 23, TestRows = 169;

    public static DataSet Load(int seed)
    {
        using var stream = typeof(TumourTable).Assembly.GetManifestResourceStream("breast_cancer.csv")
            ?? throw new InvalidOperationException("The program was built without its data, the resource breast_cancer.csv.");
        using var reader = new StreamReader(stream);
        Observation[] rows = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())
            .Select(cells => new Observation { Features = cells[..Means], Label = cells[LargestArea] })];
        new Random(seed).Shuffle(rows);
        return new("tumours", "area of the largest nuclei", rows[TestRows..], rows[..TestRows]);
    }
}
