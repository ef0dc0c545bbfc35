using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A training that would exploit a coarse integration is made to integrate finely.</summary>
[TestClass]
public sealed class DepthRefinementTests
{
    private static readonly DensityTrainerOptions _long = Toy.Short with { MaxEpochs = 20, LearningRate = 0.1, DepthTolerance = 1e-3 };

    [TestMethod]
    public void TheDepthGrowsUntilTheLikelihoodStandsStill()
    {
        using var scope = NewDisposeScope();
        var (training, validation) = (Toy.Ring(1, 320), Toy.Ring(3, 200));
        using var model = Coarse(training);
        var report = new DensityTrainer(_long).Fit(model, training, validation);
        Assert.IsGreaterThan(2, report.Depth);
        Assert.AreEqual(report.Depth, model.Flow.Options.Depth);
        Assert.Contains("refined to", report.Remarks[0]);
        Near.AssertBitEqual(model.At(report.Depth).LogProb(validation), model.LogProb(validation));
        Near.IsAtMost(_long.DepthTolerance!.Value, Math.Abs(model.Evaluate(validation).MeanNll - model.At(2 * report.Depth).Evaluate(validation).MeanNll));
    }

    [TestMethod]
    public void WithoutAToleranceTheDepthStaysAndIsExploited()
    {
        using var scope = NewDisposeScope();
        var (training, validation) = (Toy.Ring(1, 320), Toy.Ring(3, 200));
        using var model = Coarse(training);
        var report = new DensityTrainer(_long with { DepthTolerance = null }).Fit(model, training, validation);
        Assert.AreEqual(1, report.Depth);
        Assert.IsGreaterThan(0.01, model.At(64).Evaluate(validation).MeanNll - model.Evaluate(validation).MeanNll);
    }

    [TestMethod]
    public void TheLargestDepthIsNotExceeded()
    {
        using var scope = NewDisposeScope();
        var training = Toy.Ring(1, 320);
        using var model = Coarse(training);
        Assert.AreEqual(2, new DensityTrainer(_long with { DepthTolerance = 1e-9, MaxDepth = 3 }).Fit(model, training).Depth);
    }

    [TestMethod]
    public void AResumedTrainingGoesOnAtTheRefinedDepth()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var training = Toy.Ring(1, 320);
        var options = _long with { CheckpointPath = folder["state"] };
        using var whole = Coarse(training);
        var expected = new DensityTrainer(options).Fit(whole, training);
        using (var killed = Coarse(training))
        {
            Assert.ThrowsExactly<IOException>(() => new DensityTrainer(options).Fit(
                killed, training, progress: new Observer(report => { if (report.IsRoundEnd && report.Current.Round == 15) { throw new IOException(); } })));
        }

        using var resumed = Coarse(training);
        var actual = new DensityTrainer(options).Fit(resumed, training);
        Assert.AreEqual(Toy.Summary(expected), Toy.Summary(actual));
        Assert.AreEqual(expected.Depth, actual.Depth);
        CollectionAssert.AreEqual(Toy.Weights(whole), Toy.Weights(resumed));
    }

    private static DensityModel Coarse(Tensor data)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { HiddenUnits = 12, Flow = new() { Horizon = 2, Depth = 1 } }.Build(data, generator);
    }
}
