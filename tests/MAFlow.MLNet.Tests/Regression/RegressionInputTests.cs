using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Bad input to a regression gets an error that names what came and says what to do.</summary>
[TestClass]
public sealed class RegressionInputTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_constant_label_is_refused()
    {
        var rows = SmallRegression.Rows(50);
        Array.ForEach(rows, row => row.Label = 3);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(rows));
        Assert.Contains("Label column 'Label'", error.Message);
        Assert.Contains("Expected labels that vary, got 3 in all", error.Message);
    }

    [TestMethod]
    public void Missing_labels_and_features_are_counted_and_named()
    {
        var rows = SmallRegression.Rows(50);
        rows[4].Label = float.NaN;
        Assert.Contains("Column 'Label' must hold finite numbers, but 1 of its 50 rows", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(rows)).Message);
        rows = SmallRegression.Rows(50);
        rows[7].Features[0] = float.NaN;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Fit(rows));
        Assert.Contains("Column 'Features' must hold finite numbers", error.Message);
        Assert.Contains("first row 7", error.Message);
    }

    [TestMethod]
    public void Features_of_another_length_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallRegression.Fitted.Transform(Tables.View(_context, 5)));
        Assert.Contains("Schema mismatch for input column 'Features': expected Vector<Single, 2>", error.Message);
        error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SmallRegression.Fitted.Evaluate(Tables.View(_context, 5)));
        Assert.Contains("Expected 2 features", error.Message);
    }

    [TestMethod]
    public void Labels_of_another_type_say_how_to_convert_them()
    {
        var data = Tables.View(_context, 50);
        var trainer = _context.Regression.Trainers.MongeAmpereFlow("Number");
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(data));
        Assert.Contains("expected Single, got Double. Convert it with", error.Message);
        Assert.Contains("Could not find label column 'Price'",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Regression.Trainers.MongeAmpereFlow("Price").Fit(data)).Message);
    }

    [TestMethod]
    public void Few_rows_and_senseless_options_are_refused()
    {
        Assert.Contains("at least 20 rows", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(SmallRegression.Rows(10))).Message);
        foreach (var levels in (double[][])[[], [0.5, 0.1], [0, 0.5], [0.5, 1]])
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => _context.Regression.Trainers.MongeAmpereFlow(new MongeAmpereFlowRegressionTrainer.Options { QuantileLevels = levels }));
            Assert.Contains("quantile levels in ascending order", error.Message);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Regression.Trainers.MongeAmpereFlow(maxSeconds: 0));
        Assert.Contains("'Label' twice", Assert.ThrowsExactly<ArgumentException>(() => _context.Regression.Trainers.MongeAmpereFlow(featureColumnName: "Label")).Message);
    }

    [TestMethod]
    public void A_cancelled_fit_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var options = SmallRegression.Options();
        options.CancellationToken = source.Token;
        Assert.Throws<OperationCanceledException>(() => SmallRegression.Trainer(_context, options).Fit(SmallRegression.View(_context, 100)));
    }

    [TestMethod]
    public void Columns_that_never_change_and_labels_that_repeat_are_no_obstacle()
    {
        var rows = SmallRegression.Rows(300);
        Array.ForEach(rows, row => (row.Features[1], row.Label) = (7, MathF.Round(row.Label)));
        using var model = Fit(rows);
        rows[0].Features[1] = -100;
        var predictions = SmallRegression.Predictions(model, _context.Data.LoadFromEnumerable(rows[..2]));
        Assert.IsTrue(predictions.All(row => float.IsFinite(row.Score) && row.LogLikelihood < 5));
    }

    [TestMethod]
    public void A_disposed_transformer_says_so()
    {
        var model = Fit(SmallRegression.Rows(60), steps: 5);
        var view = model.Transform(SmallRegression.View(_context, 5));
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => view.GetColumn<float>("Score").ToArray());
    }

    private MongeAmpereFlowRegressionTransformer Fit(Observation[] rows, long steps = 20)
    {
        var options = SmallRegression.Options();
        options.MaxSteps = steps;
        return SmallRegression.Trainer(_context, options).Fit(_context.Data.LoadFromEnumerable(rows));
    }
}
