using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>What ML.NET asks of every estimator.</summary>
[TestClass]
public sealed class MongeAmpereFlowEstimatorTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void The_promised_schema_is_the_schema_of_the_output()
    {
        var data = Tables.View(_context, 10);
        var promised = SmallFlow.Estimator().GetOutputSchema(MlNetInternals.Shape(data.Schema));
        var delivered = MlNetInternals.Shape(SmallFlow.Fitted.Transform(data).Schema);

        CollectionAssert.AreEqual(Describe(delivered), Describe(promised));
        CollectionAssert.AreEqual(Describe(delivered), Describe(MlNetInternals.Shape(SmallFlow.Fitted.GetOutputSchema(data.Schema))));
    }

    [TestMethod]
    public void The_columns_have_the_promised_names_and_types()
    {
        var schema = SmallFlow.Fitted.Transform(Tables.View(_context, 10)).Schema;

        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 3), schema["Latent"].Type);
        Assert.AreEqual(NumberDataViewType.Single, schema["LogLikelihood"].Type);
        Assert.AreEqual(NumberDataViewType.Single, schema["Score"].Type);
        Assert.AreEqual(BooleanDataViewType.Instance, schema["PredictedLabel"].Type);
        Assert.IsFalse(schema["Latent"].HasSlotNames());
    }

    [TestMethod]
    public void Columns_named_null_are_dropped_and_others_renamed()
    {
        var options = SmallFlow.Options();
        options.LogLikelihoodColumnName = null;
        options.PredictedLabelColumnName = null;
        options.ScoreColumnName = "Nll";
        using var model = SmallFlow.Fit(options);
        var schema = model.Transform(Tables.View(_context, 10)).Schema;

        CollectionAssert.AreEqual(new[] { "Latent", "Nll" }, schema.Skip(8).Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void Without_an_input_name_the_output_replaces_the_input()
    {
        var options = SmallFlow.Options();
        var estimator = _context.Transforms.MongeAmpereFlow("Features", null, options);
        var data = Tables.View(_context, 200);
        using var model = estimator.Fit(data);
        var promised = estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema));

        CollectionAssert.AreEqual(Describe(MlNetInternals.Shape(model.Transform(data).Schema)), Describe(promised));
        CollectionAssert.AreNotEqual(Tables.Column(data, "Features")[0], Tables.Column(model.Transform(data), "Features")[0]);
    }

    [TestMethod]
    public void A_bad_schema_fails_before_anything_is_fitted()
    {
        var data = new CountingView(Tables.View(_context, 10));
        var pipeline = _context.Transforms.NormalizeMinMax("Features").Append(_context.Transforms.MongeAmpereFlow("Latent", "Nothing"));

        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pipeline.Fit(data));
        StringAssert.StartsWith(error.Message, "Could not find input column 'Nothing'");
        Assert.AreEqual(0, data.Cursors);
    }

    [TestMethod]
    public void Fitting_reads_the_data_once_and_only_its_column()
    {
        var data = new CountingView(Tables.View(_context, 200));
        using var model = SmallFlow.Estimator().Fit(data);

        Assert.AreEqual(1, data.Cursors);
        Assert.AreEqual(0, data.Open);
        Assert.AreEqual(200, data.RowsRead);
        CollectionAssert.AreEqual(new[] { "Features" }, data.ColumnsAsked);
    }

    [TestMethod]
    public void The_log_likelihood_is_that_of_the_model_and_the_score_its_negative()
    {
        var data = Tables.View(_context, 20);
        var scored = SmallFlow.Fitted.Transform(data);
        using var rows = TensorRows.FromArray([.. Tables.Column(data, "Features").SelectMany(row => row)], 20, 3);
        using var expected = SmallFlow.Fitted.Model.LogProb(rows);
        var logLikelihoods = scored.GetColumn<float>("LogLikelihood").ToArray();
        var scores = scored.GetColumn<float>("Score").ToArray();
        var labels = scored.GetColumn<bool>("PredictedLabel").ToArray();

        for (var row = 0; row < 20; row++)
        {
            Assert.AreEqual(expected[row].item<double>(), logLikelihoods[row], 1e-4);
            Assert.AreEqual(-logLikelihoods[row], scores[row]);
            Assert.AreEqual(scores[row] > SmallFlow.Fitted.Threshold, labels[row]);
        }
    }

    [TestMethod]
    public void Training_improves_on_the_Gaussian_it_starts_from()
    {
        var options = SmallFlow.Options();
        options.HiddenUnits = 32;
        options.MaxEpochs = 8;
        options.LearningRate = 0.03;
        options.Training = options.Training! with { BatchSize = 64, ValidationFraction = 0.3 };
        using var model = SmallFlow.Fit(options, data: Tables.View(_context, 500));
        var history = model.Report!.History;

        Assert.IsLessThan(history[0].ValidationNll!.Value - 0.1, model.Report.BestValidationNll!.Value);
    }

    private static string[] Describe(SchemaShape shape) => [.. shape.Select(column => $"{column.Name}: {MlNetInternals.TypeText(column)} "
        + $"[{string.Join(", ", column.Annotations.Select(annotation => $"{annotation.Name}: {MlNetInternals.TypeText(annotation)}"))}]")];
}
