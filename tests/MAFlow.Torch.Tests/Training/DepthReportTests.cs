using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What a training states is converged in depth, or it says aloud that it is not.</summary>
[TestClass]
public sealed class DepthReportTests
{
    private static readonly DensityTrainerOptions _lively = Toy.Short with { MaxEpochs = 12, LearningRate = 0.1 };

    [TestMethod]
    public void AToleranceIsTheDefault()
    {
        Assert.AreEqual(0.01, new DensityTrainerOptions().DepthTolerance);
        Assert.AreEqual(0.5, new VariationalTrainerOptions().DepthTolerance);
        Assert.AreEqual(1e-4, new VariationalTrainerOptions().DepthTolerancePerCoordinate);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(16)]
    public void TheStatedLikelihoodIsTheConvergedOneAtTheDepthOfTheModel(int parts)
    {
        using var scope = NewDisposeScope();
        var (training, validation) = (Toy.Ring(1, 320), Toy.Ring(3, 3000));
        using var model = Coarse(training, parts);
        var begun = model.Flow.Depth;
        var report = new DensityTrainer(_lively with { MaxEpochs = 30, DepthTolerance = new DensityTrainerOptions().DepthTolerance }).Fit(model, training, validation);
        Assert.IsGreaterThan(begun, report.Depth, "A training this lively exploits one step a piece.");
        Assert.AreEqual(0, report.Depth % parts);
        Assert.AreEqual(report.Depth, model.Flow.Depth);
        Assert.IsTrue(report.IsConverged);
        Near.IsAtMost(0.01, Math.Abs(report.DepthDifference!.Value));
        Assert.AreEqual(report.BestValidationNll!.Value, model.Evaluate(validation).MeanNll, 1e-9);
        Assert.AreEqual(report.BestValidationNll!.Value, model.At(8 * model.Flow.Depth).Evaluate(validation).MeanNll, 0.03);
    }

    [TestMethod]
    public void ALimitThatIsReachedIsARemarkWithTheDifferenceAndACure()
    {
        using var scope = NewDisposeScope();
        var training = Toy.Ring(1, 320);
        using var model = Coarse(training, 1);
        var report = new DensityTrainer(_lively with { DepthTolerance = 1e-9, MaxDepth = 2 }).Fit(model, training);
        Assert.IsFalse(report.IsConverged);
        Assert.AreEqual(2, report.Depth);
        Assert.IsGreaterThan(1e-9, Math.Abs(report.DepthDifference!.Value));
        Assert.MatchesRegex(@"^Step \d+: at depth 2 twice as many steps change the NLL by .* nats, .*MaxDepth is 2.*Raise MaxDepth", report.Remarks[^1]);
        Assert.HasCount(2, report.Remarks.Where(remark => remark.Contains("Raise MaxDepth", StringComparison.Ordinal)).ToList(), "Once when it is met, and once at the end.");
    }

    [TestMethod]
    public void AnEpochIsJudgedAtTheDepthThatItNeeds()
    {
        using var scope = NewDisposeScope();
        var (training, validation) = (Toy.Ring(1, 320), Toy.Ring(3, 200));
        using var model = Coarse(training, 1);
        var depths = new List<(int Depth, double Nll, double Deeper)>();
        new DensityTrainer(_lively with { DepthTolerance = 1e-3, AverageDecay = 0 }).Fit(model, training, validation, progress: new Observer(progress =>
        {
            if (progress.IsRoundEnd)
            {
                // Without averaging the model itself holds what was judged.
                depths.Add((progress.Depth, progress.History[^1].ValidationNll!.Value, model.At(2 * progress.Depth).Evaluate(validation).MeanNll));
            }
        }));
        foreach (var (depth, nll, deeper) in depths)
        {
            Assert.AreEqual(deeper, nll, 1.01e-3, $"depth {depth}");
        }
    }

    [TestMethod]
    public void AfterAVariationalTrainingTheFlowStandsAtTheDepthThatWasAccepted()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(
            new LatticeRidgePotential(energy.Lattice!, randn([2, 16], generator: generator).mul(0.5), ones(2).mul(0.15)), new() { Horizon = 2, Depth = 1 });
        var options = new VariationalTrainerOptions { Steps = 1, FinalSamples = 1024, MeasureSamples = 64, LearningRate = 1e-12 };
        var limited = new VariationalTrainer(options with { MaxDepth = 2 }).Fit(flow.At(1), energy);
        Assert.IsNull(limited.FreeEnergy);
        Assert.IsFalse(limited.IsConverged);
        Assert.Contains("F is no bound. Raise MaxDepth", limited.Remarks[^1]);
        var report = new VariationalTrainer(options).Fit(flow, energy);
        Assert.IsGreaterThan(1, report.Depth);
        Assert.AreEqual(report.Depth, flow.Depth);
        using var folder = new TemporaryFolder();
        flow.Save(folder["flow"]);
        using var loaded = MongeAmpereFlow.Load(folder["flow"]);
        Assert.AreEqual(report.Depth, loaded.Depth);
    }

    private static DensityModel Coarse(Tensor data, int parts)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { HiddenUnits = 12, Parts = parts, Flow = new() { Horizon = 2, Depth = 1 } }.Build(data, generator);
    }
}
