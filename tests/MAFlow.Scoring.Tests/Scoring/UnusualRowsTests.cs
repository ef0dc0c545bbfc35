using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Rows that are incomplete, impossible or far out have an answer of their own, and touch no other.</summary>
[TestClass]
public sealed class UnusualRowsTests
{
    private static readonly ScalarType[] _types = [ScalarType.Float32, ScalarType.Float64];

    private static IEnumerable<object[]> Tables => Table.All.Select(table => new object[] { table.Name });

    [TestMethod]
    [DynamicData(nameof(Tables))]
    public void MissingAndInfiniteValues(string table)
    {
        foreach (var bad in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            Scored(table, (rows, row) => rows[(row * 3) + 1] = bad, double.IsNaN(bad) ? double.NaN : double.NegativeInfinity);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Tables))]
    public void AMissingValueCountsForMoreThanAnInfiniteOne(string table) => Scored(
        table, (rows, row) => (rows[row * 3], rows[(row * 3) + 1]) = (double.PositiveInfinity, double.NaN), double.NaN);

    [TestMethod]
    [DataRow("logit", 1.0000001)]
    [DataRow("logit", -1e-9)]
    [DataRow("wide logit, standardization", 2.0)]
    [DataRow("histograms", 1.5)]
    [DataRow("histograms", -0.1)]
    [DataRow("dequantisation", 5.5)]
    [DataRow("dequantisation", -3.5)]
    [DataRow("dequantisation", 0.1)]
    [DataRow("image by logit", 17.0)]
    [DataRow("image by histograms", 3.3)]
    [DataRow("image by histograms", 1e300)]
    public void ValuesOutsideOfTheSupport(string table, double value) =>
        Scored(table, (rows, row) => rows[(row * 3) + 2] = value, double.NegativeInfinity);

    /// <summary>Tables without bounds: finite rows get a number or -∞, and far from the data it falls with the distance.</summary>
    [TestMethod]
    [DataRow("nothing")]
    [DataRow("standardization")]
    [DataRow("affine")]
    [DataRow("tails")]
    [DataRow("mixtures")]
    [DataRow("anomalies")]
    public void TheFartherOutTheLower(string table)
    {
        using var scope = NewDisposeScope();
        foreach (var type in _types)
        {
            using var model = Scorers.Model(table, Potentials.Create("piecewise", type));
            var scorer = Scorers.Of(model);
            var random = new Random(1);
            for (var direction = 0; direction < 40; direction++)
            {
                double[] way = [random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() - 0.5];
                var logProb = scorer.LogProb([.. Enumerable.Range(6, 602).SelectMany(power => way.Select(part => part * Math.Pow(10, power / 2.0)))]);
                for (var i = 1; i < logProb.Length; i++)
                {
                    Assert.IsFalse(double.IsNaN(logProb[i]));
                    Assert.IsTrue(
                        logProb[i] < logProb[i - 1] || double.IsNegativeInfinity(logProb[i]), $"{type}, {i}: {logProb[i - 1]} and then {logProb[i]}");
                }
            }
        }
    }

    [TestMethod]
    public void CodesThatAreNotFiniteDecodeToMissingRows()
    {
        using var model = Scorers.Model("image by logit", Potentials.Create("softplus, wide", ScalarType.Float32));
        var rows = Scorers.Of(model).Decode([0, 0, 0, double.NaN, 0, 0, 0, double.PositiveInfinity, 0, 1e300, 0, 0, 0.5, 0.5, 0.5]);
        CollectionAssert.AreEqual(new[] { true, false, false, false, true }, Enumerable.Range(0, 5).Select(row => rows[(row * 3)..((row + 1) * 3)].All(double.IsFinite)).ToArray());
        Assert.IsTrue(rows[3..12].All(double.IsNaN));
    }

    /// <summary>Puts one unusual row among others, which must not notice.</summary>
    private static void Scored(string table, Action<double[], int> change, double expected)
    {
        using var scope = NewDisposeScope();
        foreach (var type in _types)
        {
            using var model = Scorers.Model(table, Potentials.Create("softplus, wide", type));
            var (scorer, rows) = (Scorers.Of(model), Scorers.Numbers(Table.Named(table).Data(4, 20)));
            var intact = scorer.LogProb(rows);
            Assert.IsTrue(intact.All(double.IsFinite));
            var bad = rows.ToArray();
            change(bad, 7);
            intact[7] = expected;
            CollectionAssert.AreEqual(intact, scorer.LogProb(bad));
            var (z, logProb, gradient) = (new double[rows.Length], new double[20], scorer.ScoreGradient(bad));
            scorer.Encode(bad, z, logProb);
            Assert.IsTrue(z[21..24].All(double.IsNaN) && z[..21].All(double.IsFinite) && z[24..].All(double.IsFinite));
            Assert.IsTrue(gradient[21..24].All(double.IsNaN) && gradient[..21].All(double.IsFinite) && gradient[24..].All(double.IsFinite));
        }
    }
}
