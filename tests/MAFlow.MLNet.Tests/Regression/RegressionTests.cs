using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Distributions of a label, as a user of ML.NET meets them.</summary>
[TestClass]
public sealed class RegressionTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Columns_are_there_named_and_understood_by_ML_NETs_own_evaluation()
    {
        var data = SmallRegression.View(_context, 300, seed: 6);
        var scored = SmallRegression.Fitted.Transform(data);
        CollectionAssert.AreEqual(
            new[] { "Features", "Label", "Score", "StandardDeviation", "Quantiles", "LogLikelihood" }, scored.Schema.Select(column => column.Name).ToArray());
        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Quantiles"].GetSlotNames(ref slots);
        CollectionAssert.AreEqual(new[] { "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95" }, slots.DenseValues().Select(name => name.ToString()).ToArray());
        Assert.IsGreaterThan(0.85, _context.Regression.Evaluate(scored).RSquared);
        var shape = SmallRegression.Trainer(_context).GetOutputSchema(MlNetInternals.Shape(data.Schema));
        CollectionAssert.AreEqual(scored.Schema.Select(column => column.Name).ToArray(), shape.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void Means_deviations_and_quantiles_fit_together_and_follow_the_features()
    {
        var rows = SmallRegression.Rows(200, seed: 7);
        var predictions = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
        foreach (var (row, prediction) in rows.Zip(predictions))
        {
            var spread = 0.2 + (0.1 * Math.Abs(row.Features[0]));
            Assert.AreEqual(row.Features[0], prediction.Score, 0.25);
            Assert.AreEqual(spread, prediction.StandardDeviation, 0.12);
            CollectionAssert.AreEqual(prediction.Quantiles.Order().ToArray(), prediction.Quantiles);
            Assert.AreEqual(prediction.Score, prediction.Quantiles[3], 0.1);
        }
    }

    [TestMethod]
    public void Evaluation_knows_coverage_ranked_score_and_histogram()
    {
        var metrics = SmallRegression.Fitted.Evaluate(SmallRegression.View(_context, 1000, seed: 8));
        Assert.AreEqual(1000, metrics.Rows);
        Assert.AreEqual(0.9, metrics.Coverage(0.9), 0.05);
        Assert.AreEqual(0.5, metrics.Coverage(0.5), 0.08);
        Assert.AreEqual(1000, metrics.CumulativeHistogram.Sum());
        // CRPS of N(μ, σ²) by itself is σ/√π, and the mean of σ here is 0.3.
        Assert.AreEqual(0.3 / Math.Sqrt(Math.PI), metrics.ContinuousRankedProbabilityScore, 0.02);
        var logLikelihoods = SmallRegression.Predictions(SmallRegression.Fitted, SmallRegression.View(_context, 1000, seed: 8)).Average(row => row.LogLikelihood);
        Assert.AreEqual(logLikelihoods, metrics.MeanLogLikelihood, 1e-4);
        Assert.AreEqual(-(Math.Log(0.3) + 0.5 + (0.5 * Math.Log(2 * Math.PI))), metrics.MeanLogLikelihood, 0.12);
    }

    [TestMethod]
    public void A_row_has_one_prediction_alone_in_a_table_and_in_a_PredictionEngine()
    {
        var rows = SmallRegression.Rows(50, seed: 9);
        var table = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
        var output = SchemaDefinition.Create(typeof(Prediction));
        output[nameof(Prediction.Quantiles)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 7);
        using var engine = _context.Model.CreatePredictionEngine<Observation, Prediction>(
            SmallRegression.Fitted, new PredictionEngineOptions { OutputSchemaDefinition = output, OwnsTransformer = false });
        foreach (var (row, expected) in rows.Zip(table))
        {
            var alone = engine.Predict(row);
            Assert.AreEqual((expected.Score, expected.StandardDeviation, expected.LogLikelihood), (alone.Score, alone.StandardDeviation, alone.LogLikelihood));
            CollectionAssert.AreEqual(expected.Quantiles, alone.Quantiles);
        }
    }

    [TestMethod]
    public void Missing_values_cost_their_own_row_alone()
    {
        var rows = SmallRegression.Rows(40, seed: 10);
        var whole = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
        rows[3].Features[1] = float.NaN;
        rows[5].Label = float.NaN;
        rows[6].Label = float.PositiveInfinity;
        var marked = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
        Assert.IsTrue(float.IsNaN(marked[3].Score) && float.IsNaN(marked[3].LogLikelihood) && marked[3].Quantiles.All(float.IsNaN));
        Assert.AreEqual((whole[5].Score, float.NaN), (marked[5].Score, marked[5].LogLikelihood));
        Assert.AreEqual((whole[6].Score, float.NegativeInfinity), (marked[6].Score, marked[6].LogLikelihood));
        Assert.AreEqual(whole[4].LogLikelihood, marked[4].LogLikelihood);
    }

    [TestMethod]
    public void Features_without_a_label_are_enough()
    {
        var data = _context.Transforms.DropColumns("Label").Fit(SmallRegression.View(_context, 20)).Transform(SmallRegression.View(_context, 20));
        var scored = SmallRegression.Fitted.Transform(data);
        Assert.IsTrue(scored.GetColumn<float>("LogLikelihood").All(float.IsNaN));
        Assert.IsTrue(scored.GetColumn<float>("Score").All(float.IsFinite));
    }

    [TestMethod]
    public void Samples_have_the_predicted_distribution_and_repeat_by_their_seed()
    {
        var row = new Observation { Features = [1.5f, 0.5f] };
        var data = _context.Data.LoadFromEnumerable(Enumerable.Repeat(row, 4000).ToArray());
        var predicted = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.TakeRows(data, 1))[0];
        var drawn = SmallRegression.Fitted.Sample(data, seed: 3).GetColumn<float>("Sample").ToArray();
        Assert.AreEqual(predicted.Score, drawn.Average(), 5 * predicted.StandardDeviation / Math.Sqrt(4000));
        Assert.AreEqual(0.05, drawn.Count(y => y < predicted.Quantiles[0]) / 4000.0, 0.018);
        CollectionAssert.AreEqual(drawn, SmallRegression.Fitted.Sample(data, seed: 3).GetColumn<float>("Sample").ToArray());
        CollectionAssert.AreNotEqual(drawn, SmallRegression.Fitted.Sample(data, seed: 4).GetColumn<float>("Sample").ToArray());
    }

    [TestMethod]
    public void Equal_seeds_give_equal_fits()
    {
        var data = SmallRegression.View(_context, 200);
        var options = SmallRegression.Options();
        options.MaxSteps = 30;
        using var first = SmallRegression.Trainer(_context, options).Fit(data);
        using var second = SmallRegression.Trainer(new MLContext(), options).Fit(data);
        CollectionAssert.AreEqual(
            first.Transform(data).GetColumn<float>("LogLikelihood").ToArray(), second.Transform(data).GetColumn<float>("LogLikelihood").ToArray());
    }

    [TestMethod]
    public void A_saved_model_works_in_another_process_and_in_its_PredictionEngine()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        var lines = Path.GetTempFileName();
        try
        {
            var rows = SmallRegression.Rows(40, seed: 11);
            var data = _context.Data.LoadFromEnumerable(rows);
            _context.Model.Save(SmallRegression.Fitted, data.Schema, file);
            using var loaded = (MongeAmpereFlowRegressionTransformer)new MLContext().Model.Load(file, out _);
            var expected = SmallRegression.Predictions(SmallRegression.Fitted, data);
            CollectionAssert.AreEqual(expected.Select(row => row.LogLikelihood).ToArray(), SmallRegression.Predictions(loaded, data).Select(row => row.LogLikelihood).ToArray());
            Assert.IsNull(loaded.Report);
            File.WriteAllLines(lines, rows.Select(row => string.Join(' ', row.Features.Select(x => x.ToString("R", CultureInfo.InvariantCulture)))));
            var output = LoadHost.Run(file, lines, "columns").Split('\n');
            for (var row = 0; row < rows.Length; row++)
            {
                var bits = $"{BitConverter.SingleToInt32Bits(expected[row].Score):x8}";
                Assert.Contains(bits, output[row], "The view of the other process.");
                Assert.Contains(bits, output[rows.Length + row], "Its PredictionEngine.");
            }
        }
        finally
        {
            File.Delete(file);
            File.Delete(lines);
        }
    }
}
