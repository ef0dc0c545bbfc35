namespace MAFlow.MLNet.Tests;

/// <summary>What rows would have to be to be ordinary.</summary>
[TestClass]
public sealed class OrdinaryRowsTests
{
    private static IEnumerable<object[]> Measures => Measured.All;

    [TestMethod]
    [DynamicData(nameof(Measures))]
    public void Anomalies_become_ordinary_and_ordinary_rows_stay(AnomalyMeasure measure)
    {
        var (model, rows) = (Measured.By(measure), Measured.Unusual());
        var flags = SmallFlow.Scores(model, Tables.Vectors(rows)).Select(score => score > model.Threshold).ToArray();
        var ordinary = Tables.Column(model.ToOrdinary(Tables.Vectors(rows)), "Ordinary");
        var scores = SmallFlow.Scores(model, Tables.Vectors(ordinary));
        var found = 0;
        for (var row = 0; row < rows.Length; row++)
        {
            if (!rows[row].All(float.IsFinite))
            {
                Assert.IsTrue(ordinary[row].All(float.IsNaN), $"row {row}");
            }
            else if (!flags[row])
            {
                CollectionAssert.AreEqual(rows[row], ordinary[row], $"row {row}");
            }
            else
            {
                found += ordinary[row].All(float.IsFinite) ? 1 : 0;
                Assert.IsTrue(ordinary[row].All(float.IsNaN) || scores[row] <= model.Threshold, $"row {row}");
            }
        }

        Assert.IsTrue(flags.Count(flag => flag) > 4 && found > 4, $"{found} found");
    }

    [TestMethod]
    public void The_feature_that_was_strange_changes_most()
    {
        var model = Measured.By(AnomalyMeasure.Density);
        var row = new[] { 0.1f, 0.2f, 40 };
        var ordinary = Tables.Column(model.ToOrdinary(Tables.Vectors(row), "Instead"), "Instead")[0];
        Assert.IsTrue(Math.Abs(ordinary[2] - row[2]) > 10 * Math.Abs(ordinary[0] - row[0]), string.Join(' ', ordinary));
        // At the edge of what is ordinary, not in its middle.
        var score = SmallFlow.Scores(model, Tables.Vectors(ordinary))[0];
        Assert.IsTrue(score <= model.Threshold && score > model.Threshold - 0.1, $"{score}, threshold {model.Threshold}");
    }

    [TestMethod]
    public void Bad_names_are_refused()
    {
        var (model, data) = (Measured.By(AnomalyMeasure.Density), Tables.Vectors(Measured.Rows(2)));
        Assert.Throws<ArgumentException>(() => model.ToOrdinary(data, " "));
        Assert.Throws<ArgumentException>(() => model.ToOrdinary(data, "Features"));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.ToOrdinary(Tables.Vectors([1f, 2])));
    }
}
