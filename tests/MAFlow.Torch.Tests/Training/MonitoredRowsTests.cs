using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Row sets that are scored at each epoch's end beside the validation rows, and decide nothing.</summary>
[TestClass]
public sealed class MonitoredRowsTests
{
    private const int SolvesPerTraining = 4 * (4 + 3);
    private readonly TemporaryFolder _folder = new();
    private readonly Tensor _data = Toy.Ring(1, 150);
    private readonly Tensor _validation = Toy.Ring(50, 40);
    private readonly Dictionary<string, Tensor> _monitored = new() { ["train"] = Toy.Ring(1, 30), ["test"] = Toy.Ring(70, 20) };

    private DensityTrainerOptions Options => Toy.Short with { CheckpointPath = _folder["state"], CheckpointEverySteps = 2 };

    [TestCleanup]
    public void Cleanup()
    {
        _folder.Dispose();
        _data.Dispose();
        _validation.Dispose();
        foreach (var rows in _monitored.Values)
        {
            rows.Dispose();
        }
    }

    [TestMethod]
    public void EachEpochHoldsTheirMeanUnderTheAveragedWeights()
    {
        using var model = Model();
        var report = Fit(model, Toy.Short with { LearningRate = 0.3, MaxEpochs = 8 });
        Near.IsBelow(8, report.BestRound, "The rate is so large that the last epoch is not the best.");
        foreach (var (name, rows) in _monitored)
        {
            Assert.AreEqual(report.History[report.BestRound - 1].MonitoredNll[name], model.Evaluate(rows).MeanNll, 1e-12, name);
            Assert.HasCount(8, report.History.Select(epoch => epoch.MonitoredNll[name]).Distinct().ToList(), name);
        }
    }

    [TestMethod]
    public void TheyChangeNothingAboutTheTraining()
    {
        using var watched = Model();
        using var model = Model();
        var (with, without) = (Fit(watched, Toy.Short), new DensityTrainer(Toy.Short).Fit(model, _data, _validation));
        CollectionAssert.AreEqual(Toy.Weights(model), Toy.Weights(watched));
        Assert.AreEqual(without.BestValidationNll, with.BestValidationNll);
        Assert.IsTrue(without.History.All(epoch => epoch.MonitoredNll.Count == 0));
    }

    [TestMethod]
    public void AKilledTrainingResumesWithTheSameRecords()
    {
        using var uninterrupted = Model();
        var summary = Toy.Summary(Fit(uninterrupted, Toy.Short));
        // Every third solve meets each place of an epoch's seven.
        for (var solve = 1; solve <= SolvesPerTraining; solve += 3)
        {
            using var killed = Model(number => _ = number == solve ? throw new IOException() : number);
            Assert.ThrowsExactly<IOException>(() => Fit(killed, Options));
            using var model = Model();
            Assert.AreEqual(summary, Toy.Summary(Fit(model, Options)), $"killed in solve {solve}");
            CollectionAssert.AreEqual(Toy.Weights(uninterrupted), Toy.Weights(model));
        }
    }

    [TestMethod]
    public void AResumedTrainingMayMonitorOtherRows()
    {
        var number = 0;
        using var killed = Model(_ => _ = ++number > 8 ? throw new IOException() : number);
        Assert.ThrowsExactly<IOException>(() => new DensityTrainer(Options).Fit(killed, _data, _validation));
        using var model = Model();
        var report = Fit(model, Options);
        CollectionAssert.AreEqual(new[] { 0, 2, 2, 2 }, report.History.Select(epoch => epoch.MonitoredNll.Count).ToArray());
    }

    [TestMethod]
    public void ProgressCarriesTheRecordsOfEarlierEpochs()
    {
        using var killed = Model(number => _ = number == 18 ? throw new IOException() : number);
        Assert.ThrowsExactly<IOException>(() => Fit(killed, Options));
        using var model = Model();
        var histories = new List<int>();
        var report = new DensityTrainer(Options).Fit(model, _data, _validation, _monitored, new Observer(progress =>
        {
            if (progress.IsRoundEnd)
            {
                histories.Add(progress.History.Count);
                Assert.AreSame(progress.Current, progress.History[^1]);
            }
        }));
        CollectionAssert.AreEqual(new[] { 3, 4 }, histories);
        Assert.HasCount(4, report.History);
    }

    [TestMethod]
    public void UnusableRowsAreRefusedByTheirName()
    {
        using var model = Model();
        _monitored["test"][3, 1] = tensor(double.NaN);
        Assert.Contains("the monitored rows 'test', got NaN", Assert.ThrowsExactly<ArgumentException>(() => Fit(model, Toy.Short)).Message);
        _monitored["test"] = Draw.Normal(1, 20, 3);
        Assert.Contains("monitored[\"test\"]", Assert.ThrowsExactly<ArgumentException>(() => Fit(model, Toy.Short)).Message);
    }

    [TestMethod]
    public void AKeptCheckpointEndsTheNextTrainingAtOnce()
    {
        using var model = Model();
        var report = Fit(model, Options with { KeepCheckpoint = true });
        Assert.IsTrue(File.Exists(_folder["state"]));
        var solves = 0;
        using var again = Model(_ => solves++);
        Assert.AreEqual(Toy.Summary(report), Toy.Summary(Fit(again, Options)));
        CollectionAssert.AreEqual(Toy.Weights(model), Toy.Weights(again));
        Assert.AreEqual(0, solves, "Nothing is computed again.");
        Assert.IsFalse(File.Exists(_folder["state"]));
    }

    [TestMethod]
    public void MonitoringFreesItsTensors()
    {
        using var model = Model();
        Leaks.AssertNone(() => Fit(model, Toy.Short with { MaxEpochs = 2 }).Steps == 8 ? [] : throw new InvalidOperationException());
    }

    private DensityModel Model(Action<int>? onSolve = null)
    {
        using var generator = new Generator(1);
        var chain = BijectionChain.Fit([new AffineGaussianization()], _data, generator);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator);
        return new(chain, new MongeAmpereFlow(new ObservedPotential(ridge) { OnSolve = onSolve ?? (_ => { }) }, new() { Horizon = 1, Depth = 2 }));
    }

    private TrainingReport Fit(DensityModel model, DensityTrainerOptions options) => new DensityTrainer(options).Fit(model, _data, _validation, _monitored);
}
