using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using static System.Math;

namespace MAFlow.MLNet.Tests;

/// <summary>What is a gap in a column, and what is a tail, a rare value or a second mode.</summary>
[TestClass]
public sealed class TailGapTests
{
    private const int Seeds = 20;

    private static readonly Dictionary<string, Func<Random, double>> _columns = new()
    {
        ["normal"] = Normal,
        ["uniform"] = random => random.NextDouble(),
        ["exponential"] = random => -Log(1 - random.NextDouble()),
        ["lognormal"] = random => Exp(Normal(random)),
        ["wide lognormal"] = random => Exp(4 * Normal(random)),
        ["Cauchy"] = random => Tan(PI * (random.NextDouble() - 0.5)),
        ["power law"] = random => Pow(1 - random.NextDouble(), -2),
        ["zero-inflated lognormal"] = random => random.NextDouble() < 0.9 ? 0 : Exp(2 * Normal(random)),
        ["rare amounts"] = random => random.NextDouble() < 0.997 ? 0 : Exp(2 * Normal(random)),
        ["rare flag"] = random => random.NextDouble() < 0.998 ? 0 : 1,
        ["rare code"] = random => random.NextDouble() switch { < 0.6 => 0, < 0.998 => 1, _ => 50 },
        ["rare counts"] = random => random.NextDouble() switch { < 0.95 => 0, < 0.98 => 1, < 0.998 => 2, _ => 40 },
        ["counts with a power law"] = random => Floor(Pow(1 - random.NextDouble(), -1)),
        ["constant"] = _ => 5,
        ["constant but for one"] = random => random.NextDouble() < 0.999 ? 5 : 1e6,
    };

    public static IEnumerable<object[]> Columns => _columns.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Columns))]
    public void Nothing_that_belongs_to_the_column_is_set_aside(string name)
    {
        foreach (var rows in new[] { 200, 500, 5_000, 40_000 })
        {
            for (var seed = 0; seed < Seeds && (rows < 40_000 || seed < 2); seed++)
            {
                Assert.IsNull(Sentinels.SetAside(Column(name, rows, seed), _ => "x").Remark, $"{rows} rows, seed {seed}");
            }
        }
    }

    [TestMethod]
    [DataRow("normal", 300.0)]
    [DataRow("normal", -9999.0)]
    [DataRow("normal", 3.4e38)]
    [DataRow("uniform", -999.0)]
    [DataRow("exponential", 9999.0)]
    [DataRow("lognormal", 1e6)]
    [DataRow("lognormal", -9999.0)]
    [DataRow("zero-inflated lognormal", -1e20)]
    [DataRow("Cauchy", 1e20)]
    public void Two_rows_in_a_thousand_with_another_value_are(string name, double value)
    {
        foreach (var rows in new[] { 500, 5_000 })
        {
            for (var seed = 0; seed < Seeds; seed++)
            {
                var column = Column(name, rows, seed);
                var count = rows / 500;
                for (var sentinel = 0; sentinel < count; sentinel++)
                {
                    column.Values[(sentinel * 331) + 7] = (float)value;
                }

                var (kept, remark) = Sentinels.SetAside(column, _ => "x");
                Assert.AreEqual(rows - count, kept.Rows, $"{rows} rows, seed {seed}: {remark}");
                Assert.IsFalse(kept.Values.Take(kept.Rows).Contains((float)value));
            }
        }
    }

    [TestMethod]
    [DataRow(200, 1)]
    [DataRow(500, 2)]
    [DataRow(5_000, 25)]
    public void More_than_one_row_in_two_hundred_is_a_part_of_the_data(int rows, int most)
    {
        for (var count = most; count <= most + 2; count++)
        {
            var column = Column("normal", rows, seed: 1);
            for (var row = 0; row < count; row++)
            {
                column.Values[row * (rows / count)] = 9999 + (row % 3);
            }

            Assert.AreEqual(count == most ? rows - most : rows, Sentinels.SetAside(column, _ => "x").Kept.Rows, $"{count} of {rows}");
        }
    }

    [TestMethod]
    [DataRow("DigitsDensity/Data/digits.csv.gz", 0)]
    [DataRow("AnomalyScoring/Data/breast_cancer.csv", 1)]
    public void The_tables_of_the_examples_have_none(string file, int headers)
    {
        var folder = typeof(TailGapTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;
        using var stream = File.OpenRead(Path.Combine(folder, "examples", file));
        using var text = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        var rows = text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(headers)
            .Select(line => line.Split(',').Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.IsGreaterThan(500, rows.Length);
        var table = new FeatureMatrix([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length);
        Assert.IsNull(Sentinels.SetAside(table, _ => "x").Remark);
    }

    [TestMethod]
    public void Rows_that_are_kept_keep_their_order_and_their_numbers()
    {
        var table = Column("normal", 1_000, 1);
        (table.Values[3], table.Values[999]) = (1e9f, 1e9f);
        var before = table.Values.ToArray();
        var (kept, _) = Sentinels.SetAside(table, _ => "x");
        Assert.AreEqual(998, kept.Rows);
        for (var row = 0; row < kept.Rows; row++)
        {
            Assert.AreEqual(row < 3 ? row : row + 1, kept.NumberOf(row));
            Assert.AreEqual(before[kept.NumberOf(row)], kept.Value(row, 0));
        }
    }

    private static FeatureMatrix Column(string name, int rows, int seed)
    {
        var random = new Random(seed);
        return new([.. Enumerable.Range(0, rows).Select(_ => (float)_columns[name](random))], rows, 1);
    }

    private static double Normal(Random random) => Sqrt(-2 * Log(1 - random.NextDouble())) * Cos(2 * PI * random.NextDouble());
}
