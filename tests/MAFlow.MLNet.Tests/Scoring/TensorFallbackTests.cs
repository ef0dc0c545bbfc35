using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A family that managed code does not know is scored by tensors, with the same rules for unusual rows.</summary>
[TestClass]
public sealed class TensorFallbackTests
{
    private static readonly Func<PotentialContext, Potential> _perceptron =
        context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator);

    [TestMethod]
    public void Unusual_rows_cost_themselves_alone()
    {
        var options = SmallFlow.Options();
        (options.Potential, options.ScoringDepth) = (_perceptron, 8);
        using var model = SmallFlow.Fit(options);
        var rows = Enumerable.Range(0, 70).Select(row => new float[] { row % 3, row % 5, 3 }).ToArray();
        var expected = SmallFlow.Scores(model, Tables.Vectors(rows));
        (rows[5], rows[6], rows[40]) = ([float.NaN, 0, 0], [0, float.PositiveInfinity, 0], [float.NegativeInfinity, float.NaN, 0]);
        var scored = model.Transform(Tables.Vectors(rows));
        var actual = SmallFlow.Read(scored);
        Assert.IsTrue(float.IsNaN(actual[5]) && float.IsPositiveInfinity(actual[6]) && float.IsNaN(actual[40]));
        foreach (var row in new[] { 5, 6, 40 })
        {
            Assert.IsTrue(Tables.Column(scored, "Latent")[row].All(float.IsNaN));
            (expected[row], actual[row]) = (0, 0);
        }

        CollectionAssert.AreEqual(expected, actual);
        var missing = SmallFlow.Scores(model, Tables.Vectors([float.NaN, 0, 0]));
        Assert.IsTrue(float.IsNaN(missing.Single()));
    }

    [TestMethod]
    public void Codes_go_back_to_rows()
    {
        var options = SmallFlow.Options();
        options.Potential = _perceptron;
        using var model = SmallFlow.Fit(options);
        var data = Tables.View(new MLContext(1), 40);
        var codes = model.Transform(data);
        var back = Tables.Column(model.Decode(Tables.Vectors(Tables.Column(codes, "Latent"), "Latent")), "Features");
        foreach (var (expected, actual) in Tables.Column(data, "Features").Zip(back))
        {
            for (var i = 0; i < 3; i++)
            {
                Assert.AreEqual(expected[i], actual[i], 0.05f);
            }
        }
    }

    [TestMethod]
    public void Contributions_are_those_of_the_gradient()
    {
        var rows = Tables.Records(120).Select(record => record.Features).ToArray();
        using var model = new MLContext(1).AnomalyDetection.Trainers.MongeAmpereFlow(
            new() { Potential = _perceptron, ContributionsColumnName = "Contributions", Seed = 1, MaxEpochs = 2 }).Fit(Tables.Vectors(rows));
        Assert.IsNull(ManagedScorer.Of(new PlainTensorModel(model.Model)));
        var contributions = Tables.Column(model.Transform(Tables.Vectors(rows)), "Contributions");
        Assert.HasCount(120, contributions);
        Assert.IsTrue(contributions.All(row => row.All(float.IsFinite) && row.Any(value => value != 0)));
    }
}
