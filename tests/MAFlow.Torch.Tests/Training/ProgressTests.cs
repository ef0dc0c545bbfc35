using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class ProgressTests
{
    [TestMethod]
    public void ReportsGoForwardAndEstimateTheTimeLeft()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 2000);
        using var model = Toy.Model(data, hiddenUnits: 32);
        var reports = new List<TrainingProgress>();
        var thread = Environment.CurrentManagedThreadId;
        var report = new DensityTrainer(Toy.Short with { MaxEpochs = 6, BatchSize = 20 }).Fit(model, data, progress: new Observer(progress =>
        {
            Assert.AreEqual(thread, Environment.CurrentManagedThreadId);
            reports.Add(progress);
        }));
        var ends = reports.Where(progress => progress.IsRoundEnd).ToList();
        CollectionAssert.AreEqual(Enumerable.Range(1, 6).ToList(), ends.Select(end => end.Current.Round).ToList());
        foreach (var (end, record) in ends.Zip(report.History))
        {
            Assert.AreSame(record, end.Current);
            Assert.AreSame(record, end.History[^1]);
            Assert.AreEqual(record.Round * 90, record.Step);
        }

        var records = reports.Select(progress => progress.Current).ToList();
        foreach (var (before, after) in records.Zip(records.Skip(1)))
        {
            Assert.IsGreaterThanOrEqualTo(before.Step, after.Step);
            Assert.IsGreaterThanOrEqualTo(before.Round, after.Round);
            Assert.IsGreaterThanOrEqualTo(before.ElapsedSeconds, after.ElapsedSeconds);
        }

        foreach (var progress in reports)
        {
            Assert.AreEqual(540, progress.Steps);
            Assert.AreEqual(6, progress.Rounds);
            Assert.IsTrue(double.IsFinite(progress.Current.Loss));
            // What is left is what was spent, scaled by the steps.
            var (spent, step) = (progress.Current.ElapsedSeconds, progress.Current.Step);
            Assert.AreEqual(spent * (540 - step) / step, progress.Remaining.TotalSeconds, 0.05);
        }

        Assert.AreEqual(TimeSpan.Zero, ends[^1].Remaining);
        Assert.IsTrue(reports.All(progress => progress.IsRoundEnd || progress.GradientNorm > 0));
    }

    [TestMethod]
    public void ARecoveryIsReportedAtOnce()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        using var model = Toy.Model(data);
        var remarks = new List<int>();
        new DensityTrainer(Toy.Short with { LearningRate = 1e6, MaxRecoveries = 2 })
            .Fit(model, data, progress: new Observer(progress => remarks.Add(progress.Remarks.Count)));
        // On a busy machine there are also reports that only say how far it is.
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, remarks.Where(count => count > 0).Distinct().ToArray());
    }

    [TestMethod]
    public void AnObserverThatThrowsLeavesAUsableModel()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 200);
        using var model = Toy.Model(data);
        var before = model.Evaluate(data).MeanNll;
        Assert.ThrowsExactly<NotSupportedException>(() => new DensityTrainer(Toy.Short).Fit(model, data, progress: new Observer(_ => throw new NotSupportedException())));
        Near.IsBelow(before + 1, model.Evaluate(data).MeanNll);
    }

    [TestMethod]
    public void ValidationRowsAreChosenByTheSeed()
    {
        using var scope = NewDisposeScope();
        // Trained at a rate of nearly zero, the validation value tells which rows were held out.
        var data = Toy.Ring(1, 200);
        Assert.AreEqual(Validation(1, 3), Validation(1, 3));
        Assert.AreNotEqual(Validation(1, 3), Validation(2, 3), 1e-6);
        static double At(DensityModel model, Tensor rows, ulong seed) => new DensityTrainer(
            Toy.Short with { MaxEpochs = 1, Seed = seed, LearningRate = 1e-12 }).Fit(model, rows).BestValidationNll!.Value;
        double Validation(ulong seed, ulong modelSeed)
        {
            using var model = Toy.Model(data, modelSeed);
            return At(model, data, seed);
        }
    }
}
