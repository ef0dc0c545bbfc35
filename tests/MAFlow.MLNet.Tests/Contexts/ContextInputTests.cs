using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Bad input to a density that depends on a context: the message names the column, what was expected, what came, and what to do.</summary>
[TestClass]
public sealed class ContextInputTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void A_context_column_that_is_missing()
    {
        var data = SmallContexts.View(30);
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", "Features", contextColumnName: "Weather");
        foreach (var action in new Action[] { () => estimator.Fit(data), () => estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema)) })
        {
            Expect<ArgumentOutOfRangeException>(action, "Could not find context column 'Weather'", "Features, Context, Name");
        }

        var alone = _context.Transforms.DropColumns("Context").Fit(data).Transform(data);
        foreach (var action in new Action[]
        {
            () => SmallContexts.Fitted.Transform(alone), () => SmallContexts.Fitted.GetOutputSchema(alone.Schema),
            () => ((ITransformer)SmallContexts.Fitted).GetRowToRowMapper(alone.Schema), () => SmallContexts.Fitted.Sample(alone),
            () => SmallContexts.Fitted.WithContamination(0.1, alone),
            () => SmallContexts.Fitted.Decode(Tables.Vectors([[0, 1]], "Latent")),
        })
        {
            Expect<ArgumentOutOfRangeException>(action, "Could not find context column 'Context'");
        }
    }

    [TestMethod]
    [DataRow("Label", "Single")]
    [DataRow("Name", "String")]
    [DataRow("Pair", "Vector<Double>")]
    [DataRow("Words", "VarVector<String>")]
    public void A_context_column_of_another_type(string column, string got)
    {
        var data = Tables.View(_context, 5);
        var estimator = _context.Transforms.MongeAmpereFlow("Latent", "Features", contextColumnName: column);
        var expected = $"Schema mismatch for context column '{column}': expected known-size vector of Single, got ";
        Expect<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema)), expected + got, "SchemaDefinition");
        Expect<ArgumentOutOfRangeException>(() => estimator.Fit(data), expected);
    }

    [TestMethod]
    public void Contexts_of_another_length()
    {
        var data = Other(3);
        foreach (var action in new Action[] { () => SmallContexts.Fitted.Transform(data), () => SmallContexts.Fitted.Sample(data, "Drawn") })
        {
            Expect<ArgumentOutOfRangeException>(
                action, "Schema mismatch for context column 'Context': expected Vector<Single, 2>, got Vector<Single, 3>. Build the column with");
        }

        var options = SmallContexts.Options();
        options.ValidationData = data;
        Expect<ArgumentOutOfRangeException>(() => SmallContexts.Fit(options, SmallContexts.View(50)), "context column 'Context': expected Vector<Single, 2>");
    }

    [TestMethod]
    public void Missing_values_in_training_are_counted_and_named()
    {
        var rows = SmallContexts.Rows(60);
        (rows[4].Context[1], rows[9].Context[0]) = (float.NaN, float.PositiveInfinity);
        Expect<InvalidOperationException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(rows)),
            "Column 'Context' must hold finite numbers, but 2 of its 60 rows", "first row 4", "ReplaceMissingValues(\"Context\")");
        rows = SmallContexts.Rows(60);
        rows[7].Features[0] = float.NaN;
        Expect<InvalidOperationException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(rows)), "Column 'Features'", "first row 7");
    }

    [TestMethod]
    public void A_feature_that_never_changes_is_named_and_a_context_that_never_changes_is_no_obstacle()
    {
        var rows = SmallContexts.Rows(60);
        Array.ForEach(rows, row => row.Features[1] = 3);
        Expect<ArgumentException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(rows)),
            "'Features[1]'", "Expected features that vary, got 3 in all", "Smoothing");
        var options = SmallContexts.Options();
        (options.Preprocessing, options.MaxSteps) = ([new Smoothing(), new Standardization()], 3);
        SmallContexts.Fit(options, SmallContexts.View(rows)).Dispose();

        rows = SmallContexts.Rows(60);
        Array.ForEach(rows, row => row.Context[0] = 7);
        options = SmallContexts.Options();
        options.MaxSteps = 3;
        using var model = SmallContexts.Fit(options, SmallContexts.View(rows));
        var before = SmallContexts.Predictions(model, SmallContexts.View(rows[..3]));
        rows[0].Context[0] = -100;
        Assert.AreEqual(before[0].Score, SmallContexts.Predictions(model, SmallContexts.View(rows[..3]))[0].Score);
    }

    [TestMethod]
    public void Rows_that_stand_for_something_else_are_set_aside_by_their_context_too()
    {
        var warnings = Warnings.Of(_context);
        var rows = SmallContexts.Rows(400);
        rows[17].Context[0] = 99999;
        var options = SmallContexts.Options();
        options.MaxSteps = 3;
        using var model = SmallContexts.Fit(options, SmallContexts.View(rows), _context);
        Assert.Contains(text => text.Contains("'Context[0]' is 99999", StringComparison.Ordinal), warnings);
        Assert.Contains(text => text.Contains("'Context[0]' is 99999", StringComparison.Ordinal), model.Report!.Remarks);
    }

    [TestMethod]
    public void Options_that_do_not_go_with_a_context_are_refused_by_name()
    {
        void Refused(string name, Action<MongeAmpereFlowEstimator.Options> set)
        {
            var options = SmallContexts.Options();
            set(options);
            Expect<ArgumentException>(() => _context.Transforms.MongeAmpereFlow("Latent", "Features", options), $"Expected no {name}", "'Context'", "leave ContextColumnName out");
        }

        Refused("Model", options => options.Model = new());
        Refused("Potential", options => options.Potential = context => new CoshPotential(context.Dimension));
        Refused("Streaming", options => options.Streaming = true);
        Refused("Start", options => options.Start = StartMode.Always);
        Expect<ArgumentOutOfRangeException>(
            () => _context.Transforms.MongeAmpereFlow("Latent", "Features", new MongeAmpereFlowEstimator.Options { ContextUnits = 4 }), "ContextColumnName");
        var zero = SmallContexts.Options();
        zero.ContextUnits = 0;
        Assert.Throws<ArgumentException>(() => _context.Transforms.MongeAmpereFlow("Latent", "Features", zero));
        foreach (var name in (string[])["Latent", "Features", "Score"])
        {
            Expect<ArgumentException>(() => _context.Transforms.MongeAmpereFlow("Latent", "Features", contextColumnName: name), $"'{name}' twice");
        }
    }

    [TestMethod]
    public void What_needs_a_density_without_a_context_says_so_and_the_other_way_round()
    {
        Expect<InvalidOperationException>(() => SmallContexts.Fitted.Sample(5), "context column 'Context'", "give Sample a view");
        Expect<InvalidOperationException>(() => _ = SmallContexts.Fitted.Model, "ConditionalModel");
        Expect<NotSupportedException>(() => SmallContexts.Fitted.ToOrdinary(SmallContexts.View(3)), "context column 'Context'", "Sample");
        Expect<InvalidOperationException>(() => SmallFlow.Fitted.Sample(SmallContexts.View(3)), "give Sample the number of rows");
        Expect<InvalidOperationException>(() => _ = SmallFlow.Fitted.ConditionalModel, "property Model");
        Expect<ArgumentException>(() => SmallContexts.Fitted.Sample(SmallContexts.View(3), "Context"), "'Context' twice");
    }

    [TestMethod]
    public void Few_rows_are_refused()
    {
        Expect<InvalidOperationException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(12)),
            "Expected at least 20 rows to learn from in columns 'Features' and 'Context', got 12");
        Expect<InvalidOperationException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(1)), "got 1");
        Expect<InvalidOperationException>(() => SmallContexts.Fit(SmallContexts.Options(), SmallContexts.View(0)), "Empty data in column 'Features'");
        var options = SmallContexts.Options();
        options.Training = new() { BatchSize = 100 };
        Expect<InvalidOperationException>(() => SmallContexts.Fit(options, SmallContexts.View(60)), "at least one batch of 100 training rows", "Lower BatchSize");
    }

    [TestMethod]
    public void A_cancelled_fit_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var options = SmallContexts.Options();
        options.CancellationToken = source.Token;
        Assert.Throws<OperationCanceledException>(() => SmallContexts.Fit(options, SmallContexts.View(100)));
    }

    [TestMethod]
    public void A_disposed_transformer_says_so()
    {
        var options = SmallContexts.Options();
        options.MaxSteps = 2;
        var model = SmallContexts.Fit(options, SmallContexts.View(60));
        var (scored, drawn) = (model.Transform(SmallContexts.View(5)), model.Sample(SmallContexts.View(5), "Drawn", seed: 1));
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scored.GetColumn<float>("Score").ToArray());
        Assert.ThrowsExactly<ObjectDisposedException>(() => Tables.Column(drawn, "Drawn"));
    }

    private static FeatureMatrixView Other(int width) => new(new FeatureMatrix(new float[10 * (2 + width)], 10, 2 + width), ("Features", 2), ("Context", width));

    private static void Expect<T>(Action action, params string[] parts)
        where T : Exception
    {
        var error = Assert.ThrowsExactly<T>(action);
        foreach (var part in parts)
        {
            StringAssert.Contains(error.Message, part);
        }
    }
}
