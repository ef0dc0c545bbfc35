namespace MAFlow.MLNet.Tests;

/// <summary>Whether a model still fits.</summary>
[TestClass]
public sealed class CalibrationMetricsTests
{
    private static IEnumerable<object[]> Measures => Measured.All;

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Rows_of_the_same_kind_pass_and_others_do_not(AnomalyMeasure measure)
    {
        var model = Measured.By(measure);
        var same = model.EvaluateCalibration(model.Transform(Tables.Vectors(Measured.Rows(2000, seed: 8))));
        Assert.AreEqual(2000, same.Rows);
        Assert.IsTrue(same.PValue > 0.001, $"{same}");
        Assert.AreEqual(0.1, same.ShareFlagged, 0.1);

        var other = Measured.Rows(2000, seed: 8).Select(row => new[] { row[0] + 2, row[1], row[2] }).ToArray();
        other[5] = [float.NaN, 0, 0];
        var moved = model.EvaluateCalibration(model.Transform(Tables.Vectors(other)));
        Assert.AreEqual(1999, moved.Rows);
        Assert.IsTrue(moved.PValue < 1e-6 && moved.KolmogorovSmirnov > 0.3 && moved.ShareFlagged > same.ShareFlagged, $"{moved}");
    }

    [TestMethod]
    public void The_statistic_is_that_of_two_samples()
    {
        var random = new Random(1);
        float[] held = [.. Enumerable.Range(0, 37).Select(_ => random.NextSingle()).Order()];
        float[] rows = [.. Enumerable.Range(0, 50).Select(_ => random.NextSingle() * 1.2f)];
        var expected = held.Concat(rows).SelectMany(point => new[] { point - 1e-6f, point + 1e-6f }).Max(point =>
            Math.Abs((held.Count(value => value <= point) / 37.0) - (rows.Count(value => value <= point) / 50.0)));
        Assert.AreEqual(expected, TwoSampleTest.Statistic([.. rows.Select(row => HeldOutRank.PValue(held, row))], 37), 1e-9);
    }

    [TestMethod]
    public void The_p_value_of_the_test_is_uniform_where_nothing_has_changed()
    {
        var random = new Random(2);
        var small = 0;
        for (var trial = 0; trial < 1000; trial++)
        {
            float[] held = [.. Enumerable.Range(0, 100).Select(_ => random.NextSingle()).Order()];
            float[] p = [.. Enumerable.Range(0, 300).Select(_ => HeldOutRank.PValue(held, random.NextSingle()))];
            small += TwoSampleTest.PValue(TwoSampleTest.Statistic(p, 100), 300, 100) <= 0.1 ? 1 : 0;
        }

        // 100 are due; four binomial deviations, and a little for the steps of the statistic.
        Assert.AreEqual(100, small, 45);
    }

    [TestMethod]
    [DataRow(0.0, 1.0)]
    [DataRow(1.0, 0.0)]
    public void Ends(double statistic, double expected) => Assert.AreEqual(expected, TwoSampleTest.PValue(statistic, 1000, 1000), 1e-12);

    [TestMethod]
    public void Bad_views_are_refused()
    {
        var (model, data) = (Measured.By(AnomalyMeasure.Density), Tables.Vectors(Measured.Rows(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.EvaluateCalibration(data));
        Assert.Throws<InvalidOperationException>(() => SmallFlow.Fitted.EvaluateCalibration(SmallFlow.Fitted.Transform(data)));
        Assert.Throws<InvalidOperationException>(() => model.EvaluateCalibration(model.Transform(Tables.Vectors([float.NaN, 0, 0]))));
    }
}
