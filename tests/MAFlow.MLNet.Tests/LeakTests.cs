using Microsoft.ML;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Tests;

/// <summary>No public operation leaves a tensor behind, and none disposes a tensor of the user.</summary>
[TestClass]
public sealed class LeakTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Fit() => NoTensorIsLeft(() => SmallFlow.Fit(SmallFlow.Options()).Dispose());

    [TestMethod]
    public void Fit_of_a_detector() => NoTensorIsLeft(() => Measured.Fit(Measured.Options(AnomalyMeasure.Combined), Measured.Rows(100)).Dispose());

    [TestMethod]
    public void Scores_of_a_detector_and_its_ordinary_rows() => NoTensorIsLeft(() =>
    {
        var (model, data) = (Measured.By(AnomalyMeasure.Combined), Tables.Vectors(Measured.Unusual()));
        model.EvaluateCalibration(model.Transform(data));
        Tables.Column(model.ToOrdinary(data), "Ordinary");
    });

    [TestMethod]
    public void Fit_given_contexts_scores_draws_and_codes()
    {
        var data = SmallContexts.View(60);
        NoTensorIsLeft(() =>
        {
            var options = SmallContexts.Options();
            options.MaxSteps = 3;
            using var model = SmallContexts.Fit(options, data);
            var scored = model.Transform(data);
            Tables.Column(model.Decode(scored), "Features");
            Tables.Column(model.Sample(data, "Drawn", seed: 1), "Drawn");
            using var stream = new MemoryStream();
            _context.Model.Save(model, data.Schema, stream);
            stream.Position = 0;
            using var loaded = (MongeAmpereFlowTransformer)_context.Model.Load(stream, out _);
            Assert.AreEqual(2, loaded.ConditionalModel.ContextDimension);
            Assert.HasCount(60, SmallFlow.Scores(loaded, data));
        });
    }

    [TestMethod]
    public void Fit_and_predictions_of_a_regression()
    {
        var data = SmallRegression.View(_context, 60);
        NoTensorIsLeft(() =>
        {
            var options = SmallRegression.Options();
            options.MaxSteps = 3;
            using var model = SmallRegression.Trainer(_context, options).Fit(data);
            SmallRegression.Predictions(model, data);
            model.Evaluate(data);
            Assert.HasCount(60, Microsoft.ML.Data.ColumnCursorExtensions.GetColumn<float>(model.Sample(data, seed: 1), "Sample").ToArray());
        });
    }

    [TestMethod]
    public void Fit_that_is_cancelled() => NoTensorIsLeft(() =>
    {
        using var source = new CancellationTokenSource();
        var options = SmallFlow.Options();
        options.Progress = new Canceller(source);
        options.CancellationToken = source.Token;
        Assert.Throws<OperationCanceledException>(() => SmallFlow.Fit(options));
    });

    [TestMethod]
    public void Fit_that_fails() => NoTensorIsLeft(() =>
    {
        var rows = Tables.Records(100).Select(record => new[] { record.Features[0], 5f }).ToArray();
        Assert.Throws<ArgumentException>(() => SmallFlow.Fit(SmallFlow.Options(), data: Tables.Vectors(rows)));
    });

    [TestMethod]
    public void Transform() => NoTensorIsLeft(() => SmallFlow.Scores(SmallFlow.Fitted, Tables.View(_context, 100)));

    [TestMethod]
    public void A_cursor_given_up_early() => NoTensorIsLeft(() =>
    {
        var view = SmallFlow.Fitted.Transform(Tables.View(_context, 100));
        using var cursor = view.GetRowCursor(view.Schema);
        cursor.MoveNext();
    });

    [TestMethod]
    public void Predict() => NoTensorIsLeft(() =>
    {
        using var engine = _context.Model.CreatePredictionEngine<Record, Record>(SmallFlow.Fitted, new PredictionEngineOptions { OwnsTransformer = false });
        foreach (var row in Tables.Records(10))
        {
            engine.Predict(row);
        }
    });

    [TestMethod]
    public void Sample() => NoTensorIsLeft(() => SmallFlow.Fitted.Sample(100, seed: 1));

    [TestMethod]
    public void Decode() => NoTensorIsLeft(() =>
        Tables.Column(SmallFlow.Fitted.Decode(SmallFlow.Fitted.Transform(Tables.View(_context, 50))), "Latent"));

    [TestMethod]
    public void Thresholds() => NoTensorIsLeft(() => SmallFlow.Fitted.WithContamination(0.1, Tables.View(_context, 50)).Dispose());

    [TestMethod]
    public void Save_and_load() => NoTensorIsLeft(() =>
    {
        using var stream = new MemoryStream();
        _context.Model.Save(SmallFlow.Fitted, Tables.View(_context, 1).Schema, stream);
        stream.Position = 0;
        ((IDisposable)_context.Model.Load(stream, out _)).Dispose();
    });

    [TestMethod]
    public void Tensors_of_the_user_are_left_alone()
    {
        using var scope = NewDisposeScope();
        var mine = ones(3);
        _ = SmallFlow.Scores(SmallFlow.Fitted, Tables.View(_context, 20));
        using var model = SmallFlow.Fit(SmallFlow.Options());
        Assert.IsFalse(mine.IsInvalid);
        Assert.AreEqual(3, mine.sum().item<float>());
    }

    [TestMethod]
    public void A_model_fitted_inside_a_scope_of_the_user_survives_it()
    {
        MongeAmpereFlowTransformer model;
        using (NewDisposeScope())
        {
            model = SmallFlow.Fit(SmallFlow.Options());
        }

        using (model)
        {
            Assert.HasCount(20, SmallFlow.Scores(model, Tables.View(_context, 20)));
        }
    }

    [TestMethod]
    public void A_model_loaded_inside_a_scope_of_the_user_survives_it()
    {
        using var stream = new MemoryStream();
        _context.Model.Save(SmallFlow.Fitted, Tables.View(_context, 1).Schema, stream);
        stream.Position = 0;
        ITransformer model;
        using (NewDisposeScope())
        {
            model = _context.Model.Load(stream, out _);
        }

        using ((IDisposable)model)
        {
            Assert.HasCount(20, SmallFlow.Scores(model, Tables.View(_context, 20)));
        }
    }

    [TestMethod]
    public void The_weights_go_with_the_last_transformer_that_shares_them()
    {
        var first = SmallFlow.Fit(SmallFlow.Options());
        var second = first.WithThreshold(1);
        var third = second.WithThreshold(2);
        var weights = first.Model.Flow.Potential.parameters().ToArray();
        first.Dispose();
        first.Dispose();
        second.Dispose();
        Assert.HasCount(5, SmallFlow.Scores(third, Tables.View(_context, 5)));
        third.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => third.Model);
        Assert.ThrowsExactly<ObjectDisposedException>(() => third.WithThreshold(1));
        Assert.IsTrue(weights.All(parameter => parameter.IsInvalid));
    }

    // Not Tensor.TotalCount, which never goes down again for a tensor that has become a Parameter.
    private static void NoTensorIsLeft(Action operation)
    {
        _ = SmallFlow.Fitted;
        operation();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
        {
            operation();
        }

        Assert.AreEqual(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private sealed class Canceller(CancellationTokenSource source) : IProgress<Torch.Training.TrainingProgress>
    {
        public void Report(Torch.Training.TrainingProgress value) => source.Cancel();
    }
}
