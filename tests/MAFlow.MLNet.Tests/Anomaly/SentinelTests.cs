using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A few values that stand for something else, such as 9999 for a missing one, do not spoil what is learnt from the rest.</summary>
[TestClass]
public sealed class SentinelTests
{
    private const int Rows = 500;
    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings;

    public SentinelTests() => _warnings = Warnings.Of(_context);

    [TestMethod]
    [DataRow(1e2f)]
    [DataRow(-9999f)]
    [DataRow(9999f)]
    [DataRow(1e6f)]
    [DataRow(1e20f)]
    [DataRow(float.MaxValue)]
    [DataRow(float.MinValue)]
    public void One_sentinel_costs_nothing_and_is_named(float value)
    {
        var rows = Normal(seed: 3);
        rows[123][2] = value;
        using var model = Fit(rows);
        var auroc = Auroc(model, column: 2);
        Assert.IsTrue(auroc > 0.99, $"AUROC {auroc}");
        var expected = string.Create(CultureInfo.InvariantCulture, $"row 123 (counted from 0): column 'Features[2]' is {value}, while the others lie between");
        var remark = model.Report!.Remarks[0];
        StringAssert.Contains(remark, expected);
        CollectionAssert.Contains(_warnings, remark);
        Assert.IsTrue(model.Transform(Tables.Vectors(rows[123])).GetColumn<bool>("PredictedLabel").Single());
    }

    [TestMethod]
    public void Sentinels_in_several_columns_and_of_both_signs_cost_nothing()
    {
        var rows = Normal(seed: 3, rows: 2000);
        (rows[0][0], rows[0][1]) = (float.MaxValue, -9999);
        (rows[700][1], rows[800][2], rows[1999][0]) = (-9999, 1e6f, -1e20f);
        using var model = Fit(rows);
        for (var column = 0; column < 3; column++)
        {
            var auroc = Auroc(model, column);
            Assert.IsTrue(auroc > 0.99, $"AUROC {auroc}");
        }

        StringAssert.StartsWith(model.Report!.Remarks[0], "4 rows of 2000 were set aside, first row 0 ");
    }

    [TestMethod]
    public void The_transform_sets_them_aside_too_and_names_slots()
    {
        var records = Tables.Records(400);
        for (var row = 0; row < 400; row++)
        {
            records[row].Label = row == 17 ? 9999 : records[row].Features[0];
        }

        var data = _context.Transforms.Concatenate("All", "Label", "Features").Fit(_context.Data.LoadFromEnumerable(records))
            .Transform(_context.Data.LoadFromEnumerable(records));
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", "All", SmallFlow.Options());
        using var model = estimator.Fit(data);
        StringAssert.Contains(model.Report!.Remarks[0], "row 17 (counted from 0): column 'All[0]' (Label) is 9999,");
    }

    private MongeAmpereFlowTransformer Fit(float[][] rows) =>
        _context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Seed = 1, MaxSteps = 150, HiddenUnits = 32 }).Fit(Tables.Vectors(rows));

    private static float[][] Normal(int seed, int rows = Rows) => [.. Enumerable.Range(0, rows).Select(row => new Random((seed * 100_000) + row))
        .Select(random => new[] { Draw(random), Draw(random), Draw(random) })];

    private static double Auroc(ITransformer model, int column)
    {
        var ordinary = SmallFlow.Scores(model, Tables.Vectors(Normal(seed: 5)));
        var displaced = Normal(seed: 6);
        for (var row = 0; row < Rows; row++)
        {
            displaced[row][column] += row % 2 == 0 ? 6 : -6;
        }

        var anomalous = SmallFlow.Scores(model, Tables.Vectors(displaced));
        return anomalous.Average(score => ordinary.Average(other => score > other ? 1 : score == other ? 0.5 : 0));
    }

    private static float Draw(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
