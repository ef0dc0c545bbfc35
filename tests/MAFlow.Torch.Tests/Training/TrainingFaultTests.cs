using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What goes wrong in a training is said in order of time, with a cure, and the best so far is kept.</summary>
[TestClass]
public sealed class TrainingFaultTests
{
    [TestMethod]
    public void RemarksAreOneListInOrderOfTimeThatOnlyGrows()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 320);
        using var generator = new Generator(1);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, 12, 2), Activation.Softplus, generator);
        var chain = BijectionChain.Fit([new AffineGaussianization()], data, generator);
        var (refined, broken) = (false, false);
        var observed = new ObservedPotential(ridge) { Fails = _ => refined && !broken && (broken = true) };
        using var model = new DensityModel(chain, new MongeAmpereFlow(observed, new() { Horizon = 2, Depth = 1 }));
        var lists = new List<IReadOnlyList<string>>();
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 20, LearningRate = 0.1, DepthTolerance = 1e-3 }).Fit(
            model, data, progress: new Observer(progress =>
            {
                lists.Add(progress.Remarks);
                refined |= progress.IsRoundEnd && progress.Depth > 1;
            }));
        lists.Add(report.Remarks);
        foreach (var (before, after) in lists.Zip(lists.Skip(1)))
        {
            CollectionAssert.AreEqual(before.ToArray(), after.Take(before.Count).ToArray());
        }

        // Each is new to a listener that skips those it has told.
        Assert.Contains("refined to", report.Remarks[0]);
        var steps = report.Remarks.Select(remark => int.Parse(remark.Split(' ', ':')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        CollectionAssert.AreEqual(steps.Order().ToList(), steps);
        Assert.Contains("returned to step", report.Remarks[1]);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void AValidationLikelihoodThatIsNotFiniteIsARemarkWithACure(double value)
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        var validation = Toy.Ring(3, 50);
        using var generator = new Generator(1);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator);
        var chain = BijectionChain.Fit([new Standardization()], data, generator);
        // Finite in float64, beyond the flow's float32.
        var broken = validation.clone();
        broken[17, 0] = tensor(double.IsNaN(value) ? 1e300 : 1e30, float64);
        using var model = new DensityModel(chain, new MongeAmpereFlow(ridge, new() { Horizon = 1, Depth = 2 }));
        var before = Toy.Weights(model);
        var report = new DensityTrainer(Toy.Short).Fit(model, data, broken);
        Assert.AreEqual(0, report.BestRound);
        Assert.IsNull(report.BestValidationNll);
        Assert.Contains("the validation likelihood of epoch 1 is no finite number, because of 1 of 50 rows, first row 17; its weights are not kept. Remove or rescale", report.Remarks[0]);
        Assert.Contains("the initial weights are kept", report.Remarks[^1]);
        CollectionAssert.AreEqual(before, Toy.Weights(model));
    }

    [TestMethod]
    public void TheBestEpochSurvivesALaterOneWithoutALikelihood()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        using var generator = new Generator(1);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator);
        var chain = BijectionChain.Fit([new Standardization()], data, generator);
        // Five steps and one validation an epoch: solve 18 validates the third; the two after it look for the rows.
        using var model = new DensityModel(chain, new MongeAmpereFlow(new ObservedPotential(ridge) { Fails = solve => solve is 18 or 19 }, new() { Horizon = 1, Depth = 2 }));
        var report = new DensityTrainer(Toy.Short).Fit(model, data);
        Assert.Contains("epoch 3 is no finite number, because of 20 of 20 rows, first row 0", report.Remarks.Single());
        Assert.AreNotEqual(3, report.BestRound);
        Assert.AreEqual(report.History.Where(epoch => double.IsFinite(epoch.ValidationNll!.Value)).Min(epoch => epoch.ValidationNll), report.BestValidationNll);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ACallersSwitchedOffGradientsDoNotStopATraining(bool inference)
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        using var same = Toy.Model(data);
        using (inference ? inference_mode() : no_grad())
        {
            new DensityTrainer(Toy.Short).Fit(model, data);
        }

        Assert.IsTrue(is_grad_enabled());
        new DensityTrainer(Toy.Short).Fit(same, data);
        CollectionAssert.AreEqual(Toy.Weights(same), Toy.Weights(model));
        using var energy = new RingEnergy();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator), new() { Horizon = 1, Depth = 2 });
        using (inference ? inference_mode() : no_grad())
        {
            Assert.AreEqual(4, new VariationalTrainer(new() { Steps = 4, FinalSamples = 16, MeasureSamples = 16 }).Fit(flow, energy).Steps);
        }
    }
}
