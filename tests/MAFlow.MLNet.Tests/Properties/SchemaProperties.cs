using CsCheck;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>What a pipeline is told before there is a model is what the model delivers, over random widths and column names.</summary>
[TestClass]
public sealed class SchemaProperties
{
    private static readonly string?[] _candidates = [null, "A", "B", "C", "Features", "Nll"];
    private static readonly Gen<string?> _names = Gen.Int[0, _candidates.Length - 1].Select(index => _candidates[index]);

    [TestMethod]
    public void The_announced_schema_is_that_of_the_output() => Gen.Select(Gen.Int[1, 4], Gen.Bool.Select(same => same ? "Features" : "Latent"), _names, _names, _names)
        .Where(choice => new[] { choice.Item2 == "Features" ? null : choice.Item2, "Features", choice.Item3, choice.Item4, choice.Item5 }.OfType<string>().GroupBy(name => name).All(group => group.Count() == 1))
        .Sample((width, output, logLikelihood, score, label) =>
        {
            var context = new MLContext(seed: 1);
            var random = new Random(1);
            var data = Tables.Vectors([.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, width).Select(_ => random.NextSingle()).ToArray())]);
            var options = SmallFlow.Options();
            (options.MaxEpochs, options.LogLikelihoodColumnName, options.ScoreColumnName, options.PredictedLabelColumnName) = (1, logLikelihood, score, label);
            var estimator = context.Transforms.MongeAmpereFlow(output, "Features", options);
            using var model = estimator.Fit(data);
            var announced = estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema));
            var scored = model.Transform(data);

            CollectionAssert.AreEquivalent(Visible(MlNetInternals.Shape(scored.Schema)), Visible(announced));
            CollectionAssert.AreEqual(model.GetOutputSchema(data.Schema).Select(column => $"{column}").ToArray(), scored.Schema.Select(column => $"{column}").ToArray());
            Assert.AreEqual(40, scored.Preview(100).RowView.Length);
        }, iter: 40, threads: 1);

    [TestMethod]
    public void The_announced_schema_is_that_of_the_output_where_there_is_a_context() => Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], _names, _names)
        .Where(choice => new[] { "Latent", "Features", choice.Item3, choice.Item4 }.OfType<string>().GroupBy(name => name).All(group => group.Count() == 1)
            && choice.Item3 != "C" && choice.Item4 != "C")
        .Sample((width, contextWidth, logLikelihood, score) =>
        {
            var context = new MLContext(seed: 1);
            var random = new Random(1);
            float[] numbers = [.. Enumerable.Range(0, 40 * (width + contextWidth)).Select(_ => random.NextSingle())];
            var data = new FeatureMatrixView(new FeatureMatrix(numbers, 40, width + contextWidth), ("Features", width), ("C", contextWidth));
            var options = SmallContexts.Options();
            (options.ContextColumnName, options.MaxSteps, options.LogLikelihoodColumnName, options.ScoreColumnName) = ("C", 1, logLikelihood, score);
            var estimator = context.Transforms.MongeAmpereFlow("Latent", "Features", options);
            using var model = estimator.Fit(data);
            var scored = model.Transform(data);
            CollectionAssert.AreEquivalent(Visible(MlNetInternals.Shape(scored.Schema)), Visible(estimator.GetOutputSchema(MlNetInternals.Shape(data.Schema))));
            CollectionAssert.AreEqual(model.GetOutputSchema(data.Schema).Select(column => $"{column}").ToArray(), scored.Schema.Select(column => $"{column}").ToArray());
            Assert.AreEqual(40, scored.Preview(100).RowView.Length);
        }, iter: 10, threads: 1);

    private static string[] Visible(SchemaShape shape) => [.. shape.Select(column => $"{column.Name} {column.Kind} {column.ItemType} {column.IsKey}").Distinct()];
}
