using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class DensityTrainerTests
{
    [TestMethod]
    public void ARingIsLearntFarBeyondTheGaussian()
    {
        using var scope = NewDisposeScope();
        var (data, test) = (Toy.Ring(1, 1000), Toy.Ring(100, 1000));
        using var model = Toy.Model(data, hiddenUnits: 32);
        var gaussian = model.Evaluate(test).MeanNll;
        Assert.AreEqual(Math.Log(2 * Math.PI) + 1 + Math.Log(2), gaussian, 0.1);
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 40, BatchSize = 50 }).Fit(model, data);
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Near.IsBelow(gaussian - 0.7, model.Evaluate(test).MeanNll);
        Assert.HasCount(40, report.History);
        Assert.AreEqual(40 * (900 / 50), report.Steps);
        Assert.IsEmpty(report.Remarks);
        Assert.AreEqual(report.BestValidationNll, report.History.Min(epoch => epoch.ValidationNll));
        Assert.AreEqual(report.BestValidationNll, report.History[report.BestRound - 1].ValidationNll);
    }

    [TestMethod]
    public void PerceptronsAreTrainedThroughAutogradAndThroughHutchinsonsEstimate()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 256);
        foreach (var laplacian in new[] { LaplacianEstimator.Exact, new HutchinsonLaplacian() })
        {
            using var generator = new Generator(1);
            var chain = BijectionChain.Fit([new Standardization()], data, generator);
            using var model = new DensityModel(
                chain, new MongeAmpereFlow(new MlpPotential(2, [12, 12], Activation.Softplus, generator, 0.1), new() { Horizon = 1, Depth = 2, Laplacian = laplacian }));
            var before = model.Evaluate(data).MeanNll;
            var report = new DensityTrainer(Toy.Short with { MaxEpochs = 6 }).Fit(model, data);
            Assert.HasCount(6, report.History);
            Near.IsBelow(before - 0.02, model.Evaluate(data).MeanNll);
        }
    }

    [TestMethod]
    public void IdenticalSeedsGiveIdenticalWeightsAndDifferentSeedsDoNot()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        var (weights, summary) = Train(5);
        var (again, same) = Train(5);
        CollectionAssert.AreEqual(weights, again);
        Assert.AreEqual(summary, same);
        CollectionAssert.AreNotEqual(weights, Train(6).Weights);
        (byte[] Weights, string Summary) Train(ulong seed)
        {
            using var model = Toy.Model(data);
            var report = new DensityTrainer(Toy.Short with { Seed = seed }).Fit(model, data);
            return (Toy.Weights(model), Toy.Summary(report));
        }
    }

    [TestMethod]
    public void TheModelEndsWithTheAveragedWeightsOfItsBestEpoch()
    {
        using var scope = NewDisposeScope();
        var (data, validation) = (Toy.Ring(1, 200), Toy.Ring(50, 100));
        using var model = Toy.Model(data);
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 12, LearningRate = 0.3 }).Fit(model, data, validation);
        Assert.AreEqual(report.BestValidationNll!.Value, model.Evaluate(validation).MeanNll, 1e-12);
        Near.IsBelow(12, report.BestRound, "The rate is so large that the last epoch is not the best.");
    }

    [TestMethod]
    public void TrainingStopsEarlyWhenValidationNoLongerImproves()
    {
        using var scope = NewDisposeScope();
        // Few rows and a high rate: the model soon learns the rows by heart.
        var data = Toy.Ring(1, 40);
        using var model = Toy.Model(data, hiddenUnits: 40);
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 400, BatchSize = 40, LearningRate = 0.05, Patience = 3 })
            .Fit(model, data, Toy.Ring(50, 200));
        Assert.AreEqual(StopReason.EarlyStopping, report.StopReason);
        Assert.AreEqual(report.BestRound + 3, report.History.Count);
    }

    [TestMethod]
    public void TrainingStopsAtTheTimeLimitWithAnnealedRate()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 400);
        using var model = Toy.Model(data);
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 1_000_000, TimeLimit = TimeSpan.FromSeconds(0.5) }).Fit(model, data);
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        // The last step is set when 70% of the time is gone; a step that is faster then ends the training a little early.
        Assert.IsInRange(0.35, 30, report.Elapsed.TotalSeconds);
        Near.IsBelow(0.02 * 0.2, report.History[^1].LearningRate, "The rate ends with the time.");
        Assert.IsTrue(report.History.All(epoch => double.IsFinite(epoch.Loss)));
    }

    [TestMethod]
    public void ATimeLimitThatIsOverAtOnceStillTakesOneStepAndSaysSo()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        var before = Toy.Weights(model);
        var report = new DensityTrainer(Toy.Short with { TimeLimit = TimeSpan.FromTicks(1) }).Fit(model, data);
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        Assert.AreEqual(1, report.Steps);
        Assert.AreEqual(1, report.BestRound);
        Assert.Contains("was over before the first step; one step is taken. Raise TimeLimit", report.Remarks[0]);
        CollectionAssert.AreNotEqual(before, Toy.Weights(model));
    }

    [TestMethod]
    public void WithoutValidationTheLastEpochIsKept()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        var report = new DensityTrainer(Toy.Short with { ValidationFraction = 0, Patience = 1 }).Fit(model, data);
        Assert.AreEqual(4, report.BestRound);
        Assert.AreEqual(4 * 3, report.Steps);
        Assert.IsNull(report.BestValidationNll);
        Assert.IsTrue(report.History.All(epoch => epoch.ValidationNll is null));
    }

    [TestMethod]
    public void UnusableRowsAreRefusedBeforeTraining()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        var before = Toy.Weights(model);
        var trainer = new DensityTrainer(Toy.Short);
        var broken = data.clone();
        broken[3, 1] = tensor(double.NaN);
        Assert.Contains("the training rows, got NaN", Refused(broken, null));
        Assert.Contains("the validation rows, got NaN", Refused(data, broken));
        Assert.Contains("[B, 2]", Refused(Draw.Normal(1, 50, 3), null));
        Assert.Contains("[B, 2]", Refused(data, Draw.Normal(1, 50, 3)));
        Assert.Contains("at least one batch of 32 training rows, got 18 after holding out validation rows; lower BatchSize", Refused(data.narrow(0, 0, 20), null));
        CollectionAssert.AreEqual(before, Toy.Weights(model));
        Assert.Contains("got 20; lower BatchSize", Refused(data.narrow(0, 0, 20), data));
        string Refused(Tensor training, Tensor? validation) => Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(model, training, validation)).Message;
    }

    [TestMethod]
    public void APotentialWithoutParametersIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make(BijectionFamily.Named("nothing"), new SwingingPotential(3));
        Assert.Contains("got SwingingPotential without any", Assert.ThrowsExactly<ArgumentException>(() => new DensityTrainer(Toy.Short).Fit(model, Draw.Normal(1, 100, 3))).Message);
    }

    [TestMethod]
    public void TrainingFreesItsTensors()
    {
        using var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        using var folder = new TemporaryFolder();
        var trainer = new DensityTrainer(Toy.Short with { MaxEpochs = 2, CheckpointPath = folder["state"], CheckpointEverySteps = 1 });
        Leaks.AssertNone(() => trainer.Fit(model, data).Steps == 4 ? [] : throw new InvalidOperationException());
        Leaks.AssertNone(() =>
        {
            using var source = new CancellationTokenSource();
            Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(model, data, progress: new Observer(_ => source.Cancel()), cancellationToken: source.Token));
            trainer.Fit(model, data);
            return [];
        });
    }
}
