using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class RecoveryTests
{
    [TestMethod]
    public void ARateThatIsTooLargeIsHalvedUntilTrainingWorks()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        using var model = Toy.Model(data);
        var before = model.Evaluate(data).MeanNll;
        var trainer = new DensityTrainer(Toy.Short with { MaxEpochs = 10, LearningRate = 30, WarmupFraction = 0, MaxRecoveries = 20 });
        var report = trainer.Fit(model, data);
        Assert.AreEqual(StopReason.Completed, report.StopReason, string.Join("\n", report.Remarks));
        Assert.IsGreaterThan(1, report.Remarks.Count);
        Assert.MatchesRegex(@"^Step \d+: .*; returned to step 0 with 0\.5 of the learning rate\.$", report.Remarks[0]);
        Assert.Contains("with 0.25 of the learning rate", report.Remarks[1]);
        Near.IsBelow(before + 10, model.Evaluate(data).MeanNll, "The rate is still large, but the loss no longer explodes.");
    }

    [TestMethod]
    public void ALossThatIsNotANumberIsNoticedInItsStepAndTheStepIsRepeated()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        using var model = Observed(data, solve => solve == 8);
        // Five steps and one validation per epoch: solve 8 is step 7, the second of the second epoch.
        var report = new DensityTrainer(Toy.Short).Fit(model, data);
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Assert.AreEqual("Step 7: the loss is NaN with a gradient of norm NaN; returned to step 5 with 0.5 of the learning rate.", report.Remarks.Single());
        Assert.AreEqual(20, report.Steps);
        Assert.IsTrue(report.History.All(epoch => double.IsFinite(epoch.Loss) && double.IsFinite(epoch.ValidationNll!.Value)));
        Assert.AreEqual(0.02 * 0.5 * new WarmupCosineSchedule(0.02, 0.01).Factor(0.5), report.History[1].LearningRate, 1e-15);
    }

    [TestMethod]
    public void ARemarkReadsTheSameWhereACommaIsTheDecimalSign()
    {
        using var scope = NewDisposeScope();
        var (before, comma) = (CultureInfo.CurrentCulture, (CultureInfo)CultureInfo.InvariantCulture.Clone());
        comma.NumberFormat.NumberDecimalSeparator = ",";
        var data = Toy.Ring(1, 200);
        using var model = Observed(data, solve => solve == 8);
        CultureInfo.CurrentCulture = comma;
        try
        {
            Assert.Contains("with 0.5 of the learning rate", new DensityTrainer(Toy.Short).Fit(model, data).Remarks.Single());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void TrainingGivesUpWithAFiniteModel()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        using var model = Toy.Model(data);
        var before = Toy.Weights(model);
        var report = new DensityTrainer(Toy.Short with { LearningRate = 1e6, MaxRecoveries = 3 }).Fit(model, data);
        Assert.AreEqual(StopReason.Diverged, report.StopReason);
        Assert.HasCount(4, report.Remarks);
        Assert.AreEqual(0, report.BestRound);
        CollectionAssert.AreEqual(before, Toy.Weights(model));
        Assert.IsTrue(double.IsFinite(model.Evaluate(data).MeanNll));
    }

    [TestMethod]
    public void TrainingThatDivergesLateKeepsItsBestEpoch()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        var broken = false;
        using var model = Observed(data, solve => broken |= solve > 14);
        var report = new DensityTrainer(Toy.Short with { MaxRecoveries = 0 }).Fit(model, data);
        Assert.AreEqual(StopReason.Diverged, report.StopReason);
        Assert.AreEqual(2, report.History.Count);
        Assert.IsTrue(model.Flow.Potential.parameters().All(parameter => parameter.isfinite().all().item<bool>()));
        Assert.AreEqual(2, report.BestRound);
    }

    [TestMethod]
    public void TheGuardKnowsOutliersFromAnExplosion()
    {
        var guard = new DivergenceGuard(8);
        Assert.IsNull(guard.Check(5, 1));
        Assert.IsNull(guard.Check(60, 1), "One batch 55 nats above moves the smoothed loss by 5.5.");
        Assert.Contains("rose to 20.", guard.Check(110, 1)!);
        Assert.Contains("the loss is NaN", guard.Check(double.NaN, 1)!);
        Assert.Contains("norm Infinity", guard.Check(5, double.PositiveInfinity)!);
        var wide = new DivergenceGuard(784);
        wide.Check(1300, 1);
        Assert.IsNull(wide.Check(3200, 1), "The margin grows with the dimension: 196 nats.");
        Assert.IsNotNull(wide.Check(3800, 1));
    }

    /// <summary>A model whose solves give NaN where asked.</summary>
    private static DensityModel Observed(Tensor data, Func<int, bool> breaks)
    {
        using var generator = new Generator(1);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator);
        var chain = BijectionChain.Fit([new Standardization()], data, generator);
        return new(chain, new MongeAmpereFlow(new ObservedPotential(ridge) { Fails = breaks }, new() { Horizon = 1, Depth = 2 }));
    }
}
