using Microsoft.ML;
using TorchSharp;

namespace MAFlow.MLNet.Tests;

/// <summary>Likelihoods are stated at a depth where more steps hardly change them, whatever the number of parts.</summary>
[TestClass]
public sealed class DepthTests
{
    private const double Tolerance = 0.03;
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [DataRow(8, 0.03)]
    [DataRow(4, 0.1)]
    public void A_transform_of_four_parts_reports_a_likelihood_that_stands_still(int depth, double learningRate)
    {
        using var model = Transform(depth, learningRate, new() { BatchSize = 64, AverageDecay = 0.9 });
        Assert.IsTrue(model.Report!.IsConverged);
        var nll = MeanNll(model, 8 * model.Report.Depth);
        Console.WriteLine($"{model.Report.BestValidationNll} at depth {model.Report.Depth}, {nll} at eight times that");
        Assert.AreEqual(nll, model.Report.BestValidationNll!.Value, Tolerance);
    }

    [TestMethod]
    public void Without_a_tolerance_the_same_training_reports_what_is_not_so()
    {
        using var model = Transform(depth: 4, learningRate: 0.1, new() { BatchSize = 64, AverageDecay = 0.9, DepthTolerance = null });
        var (report, nll) = (model.Report!, MeanNll(model, 8 * model.Report!.Depth));
        Console.WriteLine($"{report.BestValidationNll} at depth {report.Depth}, {nll} at eight times that");
        Assert.AreEqual(4, report.Depth);
        Assert.IsGreaterThan(5 * Tolerance, nll - report.BestValidationNll!.Value);
    }

    [TestMethod]
    public void An_anomaly_trainer_of_sixteen_parts_reports_a_likelihood_that_stands_still()
    {
        var options = new MongeAmpereFlowTrainer.Options { Parts = 16, MaxEpochs = 8, Seed = 1, Measure = AnomalyMeasure.Density };
        using var model = _context.AnomalyDetection.Trainers.MongeAmpereFlow(options).Fit(Tables.Vectors(Checkerboard(1000, seed: 1)));
        var depth = model.Report!.Depth;
        Assert.AreEqual(0, depth % 16);
        Assert.AreEqual(depth, model.Model.Flow.Depth);
        Assert.IsTrue(model.Report.IsConverged);
        Assert.AreEqual(MeanNll(model, 8 * depth), MeanNll(model, depth), Tolerance);
        var scored = SmallFlow.Scores(model, Tables.Vectors(Checkerboard(400, seed: 2)));
        Assert.AreEqual(MeanNll(model, depth), scored.Average(), 1e-4);
    }

    [TestMethod]
    public void The_depth_of_scoring_is_that_of_whole_parts()
    {
        var messages = new List<string>();
        _context.Log += (_, message) => messages.Add(message.RawMessage);
        var options = SmallFlow.Options();
        (options.Parts, options.Depth, options.ScoringDepth, options.Training) = (3, 4, 7, options.Training! with { DepthTolerance = null });
        using var model = SmallFlow.Fit(options, _context);
        Assert.AreEqual(6, model.Report!.Depth);
        Assert.IsTrue(messages.Contains("Trained at depth 6, scoring at depth 9."));
        var data = Tables.View(_context, 30);
        var expected = MeanNll(model, 9, [.. Tables.Records(30).Select(record => record.Features)]);
        Assert.AreEqual(expected, SmallFlow.Scores(model, data).Average(), 1e-4);
    }

    private MongeAmpereFlowTransformer Transform(int depth, double learningRate, DensityTrainerOptions training) =>
        _context.Transforms.MongeAmpereFlow("Latent", "Features", new()
        {
            Model = new() { Flow = new() { Horizon = 2 } },
            Training = training,
            HiddenUnits = 64,
            Parts = 4,
            Depth = depth,
            LearningRate = learningRate,
            MaxEpochs = 6,
            Seed = 1,
            ValidationData = Tables.Vectors(Checkerboard(400, seed: 2)),
        }).Fit(Tables.Vectors(Checkerboard(1500, seed: 1)));

    private static double MeanNll(MongeAmpereFlowTransformer model, int depth) => MeanNll(model, depth, Checkerboard(400, seed: 2));

    private static double MeanNll(MongeAmpereFlowTransformer model, int depth, float[][] rows)
    {
        using var scope = torch.NewDisposeScope();
        return model.Model.At(depth).Evaluate(TensorRows.FromArray([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length)).MeanNll;
    }

    /// <summary>Points on the black squares of a board of four by four.</summary>
    private static float[][] Checkerboard(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var (column, row) = (random.Next(4), random.Next(2));
            return new[] { column + random.NextSingle(), (2 * row) + (column % 2) + random.NextSingle() };
        })];
    }
}
