using MAFlow.Torch.Tests;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Densities of vectors that depend on a context, as a user of ML.NET meets them.</summary>
[TestClass]
public sealed class ContextTests
{
    private readonly MLContext _context = new(seed: 1);

    /// <summary>Σ(c) has deviations and a correlation that follow the context: the flow comes within 0.05 nats of the truth.</summary>
    [TestMethod]
    public void A_normal_whose_mean_and_covariance_follow_the_context_is_learnt()
    {
        using var model = _context.Transforms.MongeAmpereFlow("Latent", "Features", new()
        {
            ContextColumnName = "Context", MaxSteps = 2500, Seed = 1,
        }).Fit(SmallContexts.View(6000, seed: 1));
        var fresh = SmallContexts.Rows(3000, seed: 2);
        var learnt = SmallContexts.Predictions(model, SmallContexts.View(fresh)).Average(row => row.LogLikelihood);
        var gap = fresh.Average(SmallContexts.LogLikelihood) - learnt;
        Console.WriteLine($"{gap:F4} nats from the truth, {model.Report!.Elapsed.TotalSeconds:F1} s, {model.Report.StopReason}");
        Near.IsBelow(0.05, gap, "Nats by which fresh rows are less likely than under the truth.");
        Near.IsBelow(gap, -0.02, "No density beats the truth.");
    }

    [TestMethod]
    public void Columns_are_those_without_a_context()
    {
        var data = SmallContexts.View(20);
        var scored = SmallContexts.Fitted.Transform(data);
        CollectionAssert.AreEqual(
            new[] { "Features", "Context", "Name", "Latent", "LogLikelihood", "Score", "PredictedLabel" },
            scored.Schema.Select(column => column.Name).ToArray());
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", "Features", contextColumnName: "Context");
        CollectionAssert.AreEqual(
            scored.Schema.Select(column => column.Name).ToArray(),
            estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema)).Select(column => column.Name).ToArray());
        foreach (var row in SmallContexts.Predictions(SmallContexts.Fitted, data))
        {
            Assert.AreEqual(-row.LogLikelihood, row.Score);
            Assert.AreEqual(row.Score > SmallContexts.Fitted.Threshold, row.PredictedLabel);
        }

        Assert.AreEqual("Context", SmallContexts.Fitted.ContextColumnName);
        Assert.IsNull(SmallFlow.Fitted.ContextColumnName);
    }

    [TestMethod]
    public void Both_columns_are_read_for_what_is_asked_and_none_for_what_is_not()
    {
        var mapper = ((ITransformer)SmallContexts.Fitted).GetRowToRowMapper(SmallContexts.View(1).Schema);
        string[] Needed(string name) => [.. mapper.GetDependencies([mapper.OutputSchema[name]]).Select(column => column.Name)];
        CollectionAssert.AreEqual(new[] { "Features", "Context" }, Needed("Score"));
        CollectionAssert.AreEqual(new[] { "Name" }, Needed("Name"));
    }

    [TestMethod]
    public void A_row_has_one_score_alone_in_a_table_and_in_a_PredictionEngine()
    {
        var rows = SmallContexts.Rows(50, seed: 9);
        var table = SmallContexts.Predictions(SmallContexts.Fitted, SmallContexts.View(rows));
        using var engine = _context.Model.CreatePredictionEngine<GivenRecord, GivenPrediction>(
            SmallContexts.Fitted, new PredictionEngineOptions { OwnsTransformer = false });
        foreach (var (row, expected) in rows.Zip(table))
        {
            var alone = engine.Predict(row);
            Assert.AreEqual((expected.LogLikelihood, expected.Score), (alone.LogLikelihood, alone.Score));
            CollectionAssert.AreEqual(expected.Latent, alone.Latent);
        }
    }

    [TestMethod]
    public void Managed_code_and_tensors_say_the_same()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var rows = SmallContexts.Rows(30, seed: 10);
        var predicted = SmallContexts.Predictions(SmallContexts.Fitted, SmallContexts.View(rows));
        TorchSharp.torch.Tensor Table(Func<GivenRecord, float[]> part) => TensorRows.FromArray([.. rows.SelectMany(part)], rows.Length, 2);
        var encoded = SmallContexts.Fitted.ConditionalModel.Encode(Table(row => row.Features), Table(row => row.Context));
        foreach (var (expected, row) in TensorRows.ToArray(encoded.LogProb).Zip(predicted))
        {
            Assert.AreEqual(expected, row.LogLikelihood, 1e-4f);
        }
    }

    /// <summary>In managed code, and by the tensors of a method that managed code does not know.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Missing_values_cost_their_own_row_alone(bool isManaged)
    {
        var options = SmallContexts.Options();
        (options.Integrator, options.MaxSteps) = (isManaged ? null : new ImplicitMidpoint(), 10);
        using var model = SmallContexts.Fit(options, SmallContexts.View(100));
        Assert.AreEqual(isManaged, ManagedScorer.Of(new ConditionalTensorModel(model.ConditionalModel, TorchSharp.torch.CPU)) is not null);
        var rows = SmallContexts.Rows(40, seed: 11);
        var whole = SmallContexts.Predictions(model, SmallContexts.View(rows));
        rows[3].Context[1] = float.NaN;
        rows[4].Context[0] = float.PositiveInfinity;
        rows[5].Features[0] = float.NaN;
        rows[6].Features[1] = float.NegativeInfinity;
        (rows[7].Context[0], rows[7].Features[0]) = (float.NaN, float.PositiveInfinity);
        var marked = SmallContexts.Predictions(model, SmallContexts.View(rows));
        var drawn = Tables.Column(model.Sample(SmallContexts.View(rows), "Drawn", seed: 1), "Drawn");
        Assert.IsTrue(drawn[3].All(float.IsNaN) && drawn[4].All(float.IsNaN) && drawn[5].Concat(drawn[6]).All(float.IsFinite));
        foreach (var row in (int[])[3, 4, 5, 7])
        {
            Assert.IsTrue(float.IsNaN(marked[row].LogLikelihood) && float.IsNaN(marked[row].Score) && marked[row].Latent.All(float.IsNaN), $"Row {row}.");
            Assert.IsFalse(marked[row].PredictedLabel);
        }

        Assert.AreEqual((float.NegativeInfinity, float.PositiveInfinity, true), (marked[6].LogLikelihood, marked[6].Score, marked[6].PredictedLabel));
        for (var row = 8; row < 40; row++)
        {
            Assert.AreEqual(whole[row].LogLikelihood, marked[row].LogLikelihood);
        }
    }

    [TestMethod]
    public void A_threshold_comes_from_held_out_rows_with_their_contexts()
    {
        using var stricter = SmallContexts.Fitted.WithContamination(0.2, SmallContexts.View(500, seed: 12));
        var flagged = SmallContexts.Predictions(stricter, SmallContexts.View(500, seed: 13)).Average(row => row.PredictedLabel ? 1.0 : 0);
        Assert.AreEqual(0.2, flagged, 0.07);
    }

    [TestMethod]
    public void Decoding_latent_codes_with_their_contexts_gives_the_rows_back()
    {
        var options = SmallContexts.Options();
        options.ScoringDepth = 16;
        using var model = SmallContexts.Fit(options, SmallContexts.View(400));
        var data = SmallContexts.View(50, seed: 14);
        var codes = _context.Transforms.DropColumns("Features").Fit(model.Transform(data)).Transform(model.Transform(data));
        foreach (var (before, after) in Tables.Column(data, "Features").Zip(Tables.Column(model.Decode(codes), "Features")))
        {
            Assert.AreEqual(before[0], after[0], 1e-3f);
            Assert.AreEqual(before[1], after[1], 1e-3f);
        }
    }

    [TestMethod]
    public void Samples_have_the_distribution_of_their_context_and_repeat_by_their_seed()
    {
        var contexts = SmallContexts.View([.. Enumerable.Range(0, 4000).Select(_ => new GivenRecord { Features = [0, 0], Context = [0.5f, -0.5f] })]);
        float[][] Drawn(int? seed) => Tables.Column(SmallContexts.Fitted.Sample(contexts, "Drawn", seed), "Drawn");
        var drawn = Drawn(3);
        var mean = SmallContexts.Mean([0.5, -0.5]);
        Assert.AreEqual(mean[0], drawn.Average(row => row[0]), 0.15);
        Assert.AreEqual(mean[1], drawn.Average(row => row[1]), 0.15);
        // The codes of what the model draws are standard normal.
        var codes = SmallContexts.Predictions(SmallContexts.Fitted, SmallContexts.View(
            [.. drawn.Select(row => new GivenRecord { Features = row, Context = [0.5f, -0.5f] })]));
        for (var i = 0; i < 2; i++)
        {
            Assert.AreEqual(0, codes.Average(row => row.Latent[i]), 0.08);
            Assert.AreEqual(1, codes.Average(row => row.Latent[i] * row.Latent[i]), 0.12);
        }

        Assert.AreEqual(0, codes.Average(row => row.Latent[0] * row.Latent[1]), 0.08);
        CollectionAssert.AreEqual(drawn.SelectMany(row => row).ToArray(), Drawn(3).SelectMany(row => row).ToArray());
        CollectionAssert.AreNotEqual(drawn.SelectMany(row => row).ToArray(), Drawn(4).SelectMany(row => row).ToArray());
    }

    [TestMethod]
    public void Equal_seeds_give_equal_fits()
    {
        var data = SmallContexts.View(200);
        var options = SmallContexts.Options();
        options.MaxSteps = 20;
        using var first = SmallContexts.Fit(options, data);
        using var second = SmallContexts.Fit(options, data, new MLContext());
        CollectionAssert.AreEqual(Bytes(first), Bytes(second));
        options.Seed = 2;
        using var third = SmallContexts.Fit(options, data);
        CollectionAssert.AreNotEqual(Bytes(first), Bytes(third));
    }

    [TestMethod]
    public void What_the_options_ask_for_is_taken()
    {
        var options = SmallContexts.Options();
        (options.Parts, options.Depth, options.TransportCost, options.MaxSteps) = (3, 6, 0.01, 5);
        options.Preprocessing = [new Standardization()];
        options.Training = new() { BatchSize = 16, MaxGradientNorm = 5 };
        options.ValidationData = SmallContexts.View(50, seed: 15);
        using var model = SmallContexts.Fit(options, SmallContexts.View(100));
        Assert.AreEqual((5L, 0), (model.Report!.Steps, model.Report.Depth % 3));
        Assert.IsNotNull(model.Report.TransportCost);
        Assert.IsTrue(SmallContexts.Predictions(model, SmallContexts.View(9)).All(row => float.IsFinite(row.Score)));
    }

    private static byte[] Bytes(MongeAmpereFlowTransformer model)
    {
        using var stream = new MemoryStream();
        model.ConditionalModel.Save(stream);
        return stream.ToArray();
    }
}
