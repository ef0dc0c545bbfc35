using CsCheck;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Every row has an answer: far ones a high score, impossible ones an infinite one, and only missing values give none.</summary>
[TestClass]
public sealed class FarRowTests
{
    [TestMethod]
    public void The_farther_a_row_the_higher_its_score()
    {
        float[] distances = [0, 3, 10, 1e3f, 1e6f, 1e10f, 1e16f, 1e20f, 1e30f, float.MaxValue, float.PositiveInfinity];
        foreach (var sign in new[] { 1, -1 })
        {
            var rows = distances.Select(distance => new[] { sign * distance, -sign * distance, 0 }).ToArray();
            var scored = SmallFlow.Fitted.Transform(Tables.Vectors(rows));
            var scores = scored.GetColumn<float>("Score").ToArray();
            for (var row = 1; row < rows.Length; row++)
            {
                Assert.IsTrue(scores[row] >= scores[row - 1], $"{distances[row]}: {scores[row]} after {scores[row - 1]}");
                Assert.IsTrue(row < 2 || scored.GetColumn<bool>("PredictedLabel").ElementAt(row), $"{distances[row]} is ordinary");
            }

            Assert.AreEqual(float.PositiveInfinity, scores[^1]);
            Assert.AreEqual(float.NegativeInfinity, scored.GetColumn<float>("LogLikelihood").Last());
        }
    }

    [TestMethod]
    public void Any_finite_row_has_a_score() => Gen.Select(Extreme, Extreme, Extreme).Sample(
        row => !float.IsNaN(SmallFlow.Scores(SmallFlow.Fitted, Tables.Vectors([row.Item1, row.Item2, row.Item3]))[0]), iter: 300, threads: 1);

    [TestMethod]
    public void A_missing_value_outweighs_an_infinite_one()
    {
        var scores = SmallFlow.Scores(
            SmallFlow.Fitted, Tables.Vectors([0, 0, 0], [float.NaN, 0, 0], [float.NaN, float.PositiveInfinity, 0], [float.NegativeInfinity, 0, 0]));
        Assert.IsTrue(float.IsFinite(scores[0]) && float.IsNaN(scores[1]) && float.IsNaN(scores[2]));
        Assert.AreEqual(float.PositiveInfinity, scores[3]);
    }

    [TestMethod]
    [DataRow("pixels", 20f)]
    [DataRow("pixels", -1f)]
    [DataRow("pixels", 2.5f)]
    [DataRow("unit logit", 1.0000001f)]
    [DataRow("unit logit", -0.1f)]
    [DataRow("unit histograms", 1.0000001f)]
    [DataRow("unit histograms", 1e30f)]
    public void A_value_that_no_data_can_have_costs_its_row_alone(string table, float bad)
    {
        var options = SmallFlow.Options();
        var unit = table.StartsWith("unit", StringComparison.Ordinal);
        options.Preprocessing = unit
            ? [table == "unit logit" ? new Logit() : new HistogramGaussianization(bins: 17)]
            : [new UniformDequantization(levels: 17), new Logit()];
        var scale = unit ? 1 / 16f : 1;
        var rows = Enumerable.Range(0, 100).Select(row => new float[] { scale * (row % 17), scale * (row % 5) }).ToArray();
        using var model = SmallFlow.Fit(options, data: Tables.Vectors(rows));
        var expected = SmallFlow.Scores(model, Tables.Vectors(rows));
        rows[34][1] = bad;
        var scored = model.Transform(Tables.Vectors(rows));
        var actual = scored.GetColumn<float>("Score").ToArray();
        Assert.AreEqual(float.PositiveInfinity, actual[34]);
        Assert.AreEqual(float.NegativeInfinity, scored.GetColumn<float>("LogLikelihood").ElementAt(34));
        Assert.IsTrue(scored.GetColumn<bool>("PredictedLabel").ElementAt(34));
        Assert.IsTrue(Tables.Column(scored, "Latent")[34].All(float.IsNaN));
        (expected[34], actual[34]) = (0, 0);
        CollectionAssert.AreEqual(expected, actual);
    }

    private static Gen<float> Extreme => Gen.OneOf(
        Gen.Float[-5, 5], Gen.Const(float.MaxValue), Gen.Const(float.MinValue), Gen.Const(float.Epsilon), Gen.Float.Where(float.IsFinite));
}
