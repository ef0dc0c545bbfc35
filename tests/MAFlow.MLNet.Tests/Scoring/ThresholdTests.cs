using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Which rows are called anomalies.</summary>
[TestClass]
public sealed class ThresholdTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [DataRow(0.0, 10f)]
    [DataRow(0.1, 9f)]
    [DataRow(0.25, 8f)]
    [DataRow(0.5, 5f)]
    public void At_most_the_contamination_of_the_scores_exceeds_the_threshold(double contamination, float expected) =>
        Assert.AreEqual(expected, AnomalyThreshold.Quantile([3, 1, 2, 7, 10, 9, float.NaN, 8, 4, 6, 5], contamination));

    [TestMethod]
    public void The_share_of_training_rows_above_the_threshold_is_the_contamination()
    {
        var options = SmallFlow.Options();
        (options.Contamination, options.Training) = (0.1, options.Training! with { ValidationFraction = 0 });
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual(20, model.Transform(Tables.View(_context, 200)).GetColumn<bool>("PredictedLabel").Count(label => label));
    }

    [TestMethod]
    public void A_hundred_validation_rows_set_the_threshold()
    {
        var options = SmallFlow.Options();
        var validation = Tables.View(_context, 100, seed: 9);
        (options.Contamination, options.ValidationData) = (0.1, validation);
        using var model = SmallFlow.Fit(options);
        Assert.AreEqual(10, model.Transform(validation).GetColumn<bool>("PredictedLabel").Count(label => label));
    }

    [TestMethod]
    public void The_threshold_can_be_changed_afterwards()
    {
        var data = Tables.View(_context, 50, seed: 3);
        var scores = SmallFlow.Scores(SmallFlow.Fitted, data);
        using var strict = SmallFlow.Fitted.WithThreshold(scores.Order().ElementAt(9));
        using var heldOut = SmallFlow.Fitted.WithContamination(0.2, data);
        Assert.AreEqual(40, strict.Transform(data).GetColumn<bool>("PredictedLabel").Count(label => label));
        Assert.AreEqual(10, heldOut.Transform(data).GetColumn<bool>("PredictedLabel").Count(label => label));
        CollectionAssert.AreEqual(scores, SmallFlow.Scores(strict, data));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.WithThreshold(float.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallFlow.Fitted.WithContamination(0.6, data));
        Assert.ThrowsExactly<InvalidOperationException>(() => SmallFlow.Fitted.WithContamination(0.1, Tables.View(_context, 0)));
    }

    [TestMethod]
    public void The_evaluator_of_ML_NET_takes_the_columns()
    {
        var records = Tables.Records(60, seed: 4, label: row => row < 10 ? 1 : 0);
        foreach (var anomaly in records.Take(10))
        {
            anomaly.Features = [anomaly.Features[0], anomaly.Features[1] - 20, anomaly.Features[2]];
        }

        var metrics = _context.AnomalyDetection.Evaluate(SmallFlow.Fitted.Transform(_context.Data.LoadFromEnumerable(records)), falsePositiveCount: 1);
        Assert.AreEqual(1, metrics.AreaUnderRocCurve, 1e-9);
        Assert.AreEqual(1, metrics.DetectionRateAtFalsePositiveCount, 1e-9);
    }

    [TestMethod]
    public void Score_columns_are_annotated_as_those_of_an_anomaly_detector()
    {
        var once = SmallFlow.Fitted.Transform(Tables.View(_context, 5));
        var twice = SmallFlow.Fitted.Transform(once).Schema;
        Assert.AreEqual((1u, "AnomalyDetection", "Score"), Annotations(once.Schema["Score"]));
        Assert.AreEqual((1u, "AnomalyDetection", "PredictedLabel"), Annotations(once.Schema["PredictedLabel"]));
        Assert.AreEqual((2u, "AnomalyDetection", "Score"), Annotations(twice["Score"]));
        Assert.IsEmpty(once.Schema["Latent"].Annotations.Schema);
    }

    private static (uint SetId, string Kind, string Value) Annotations(DataViewSchema.Column column)
    {
        var (setId, kind, value) = (0u, default(ReadOnlyMemory<char>), default(ReadOnlyMemory<char>));
        column.Annotations.GetValue("ScoreColumnSetId", ref setId);
        column.Annotations.GetValue("ScoreColumnKind", ref kind);
        column.Annotations.GetValue("ScoreValueKind", ref value);
        return (setId, kind.ToString(), value.ToString());
    }
}
