using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Scoring one row at a time.</summary>
[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_prediction_engine_gives_what_the_view_gives()
    {
        var data = Tables.View(_context, 20);
        var expected = _context.Data.CreateEnumerable<Prediction>(SmallFlow.Fitted.Transform(data), reuseRowObject: false).ToArray();
        using var engine = Engine();
        foreach (var (row, prediction) in Tables.Records(20).Zip(expected))
        {
            var actual = engine.Predict(row);
            Assert.AreEqual(prediction.Score, actual.Score, 1e-4f);
            Assert.AreEqual(prediction.LogLikelihood, actual.LogLikelihood, 1e-4f);
            Assert.AreEqual(prediction.PredictedLabel, actual.PredictedLabel);
            Assert.AreEqual(row.Name, actual.Name);
            for (var i = 0; i < 3; i++)
            {
                Assert.AreEqual(prediction.Latent[i], actual.Latent[i], 1e-4f);
            }
        }
    }

    [TestMethod]
    public void Engines_in_several_threads_share_one_model()
    {
        var rows = Tables.Records(32);
        using var reference = Engine();
        var expected = rows.Select(row => reference.Predict(row).Score).ToArray();
        Parallel.For(0, 4, _ =>
        {
            using var engine = Engine();
            for (var row = 0; row < rows.Length; row++)
            {
                Assert.AreEqual(expected[row], engine.Predict(rows[row]).Score);
            }
        });
    }

    [TestMethod]
    public void A_chain_of_transformers_is_a_row_to_row_mapper()
    {
        var data = Tables.View(_context, 100);
        var model = _context.Transforms.NormalizeMinMax("Features").Append(SmallFlow.Estimator(context: _context)).Fit(data);
        var scores = SmallFlow.Scores(model, data);
        using var engine = _context.Model.CreatePredictionEngine<Record, Prediction>(model);
        Assert.AreEqual(scores[4], engine.Predict(Tables.Records(100)[4]).Score, 1e-4f);
    }

    [TestMethod]
    public void An_engine_that_owns_the_model_takes_it_along_and_the_error_says_so()
    {
        using var model = SmallFlow.Fitted.WithThreshold(1);
        _context.Model.CreatePredictionEngine<Record, Prediction>(model).Dispose();
        var error = Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(Tables.View(_context, 1)));
        StringAssert.Contains(error.Message, "OwnsTransformer = false");
        Assert.HasCount(3, SmallFlow.Scores(SmallFlow.Fitted, Tables.View(_context, 3)));
    }

    [TestMethod]
    public void A_view_of_a_disposed_transformer_says_so_and_speaks_of_engines_only_where_there_was_one()
    {
        var model = SmallFlow.Fitted.WithThreshold(1);
        var view = model.Transform(Tables.View(_context, 3));
        model.Dispose();
        foreach (var use in new Action[] { () => SmallFlow.Read(view), () => model.Transform(view), () => model.Sample(1), () => _ = model.Model })
        {
            var error = Assert.ThrowsExactly<ObjectDisposedException>(use);
            StringAssert.Contains(error.Message, "views made from it can be read no more: keep it until reading is over");
            Assert.IsFalse(error.Message.Contains("PredictionEngine", StringComparison.Ordinal), error.Message);
        }

        var owned = SmallFlow.Fitted.WithThreshold(1);
        view = owned.Transform(Tables.View(_context, 3));
        _context.Model.CreatePredictionEngine<Record, Prediction>(owned).Dispose();
        StringAssert.Contains(Assert.ThrowsExactly<ObjectDisposedException>(() => SmallFlow.Read(view)).Message, "OwnsTransformer = false");
    }

    [TestMethod]
    public void A_mapper_knows_its_schemas_and_what_columns_are_made_of()
    {
        var view = Tables.View(_context, 3);
        using var cursor = Tables.View(_context, 3).GetRowCursor([]);
        var mapper = ((ITransformer)SmallFlow.Fitted).GetRowToRowMapper(view.Schema);
        Assert.AreSame(view.Schema, mapper.InputSchema);
        Assert.ThrowsExactly<ArgumentException>(() => mapper.GetRow(cursor, mapper.OutputSchema));
        CollectionAssert.AreEqual(new[] { "Features" }, mapper.GetDependencies([mapper.OutputSchema["Score"]]).Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Name" }, mapper.GetDependencies([mapper.OutputSchema["Name"]]).Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void Missing_values_give_missing_scores_and_leave_other_rows_alone()
    {
        var records = Tables.Records(20);
        var expected = SmallFlow.Scores(SmallFlow.Fitted, _context.Data.LoadFromEnumerable(records));
        records[3].Features[0] = float.NaN;
        var scored = SmallFlow.Fitted.Transform(_context.Data.LoadFromEnumerable(records));
        var actual = scored.GetColumn<float>("Score").ToArray();
        Assert.IsTrue(float.IsNaN(actual[3]));
        for (var row = 0; row < 20; row++)
        {
            if (row != 3)
            {
                Assert.AreEqual(expected[row], actual[row], 1e-4f);
            }
        }

        Assert.IsFalse(scored.GetColumn<bool>("PredictedLabel").ElementAt(3));
        Assert.IsTrue(Tables.Column(scored, "Latent")[3].All(float.IsNaN));
    }

    private PredictionEngine<Record, Prediction> Engine() =>
        _context.Model.CreatePredictionEngine<Record, Prediction>(SmallFlow.Fitted, new PredictionEngineOptions { OwnsTransformer = false });

    private sealed class Prediction
    {
        public string Name { get; set; } = "";

        public float[] Latent { get; set; } = [];

        public float LogLikelihood { get; set; }

        public float Score { get; set; }

        public bool PredictedLabel { get; set; }
    }
}
