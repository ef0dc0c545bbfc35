using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A start without simulation: better weights before the first step, or the same ones.</summary>
[TestClass]
public sealed class DensityStartTests
{
    private static readonly DensityTrainerOptions _auto = Toy.Short with { Start = StartMode.Auto, DepthTolerance = 0.01 };
    private readonly Tensor _data = Toy.Ring(1, 600);
    private readonly Tensor _validation = Toy.Ring(50, 200);
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Cleanup()
    {
        _data.Dispose();
        _validation.Dispose();
        _folder.Dispose();
    }

    private static DensityModel Model(Tensor data, Activation? activation = null, int parts = 4)
    {
        using var generator = new Generator(1);
        return new DensityModelOptions { HiddenUnits = 12, Parts = parts, Flow = new() { Horizon = 2, Depth = 8 }, Activation = activation ?? Activation.Softplus }.Build(data, generator);
    }

    private TrainingReport Fit(DensityModel model, DensityTrainerOptions options) => new DensityTrainer(options).Fit(model, _data, _validation);

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void ItIsKeptWhereItLowersAnNllThatTwiceTheDepthConfirms(int parts)
    {
        using var model = Model(_data, parts: parts);
        var before = model.Evaluate(_validation).MeanNll;
        // At such a rate nothing is learnt after it.
        var report = Fit(model, _auto with { LearningRate = 1e-12, MaxEpochs = 1 });
        var start = report.Start!;
        Console.WriteLine(start);
        Assert.IsTrue(start.IsKept);
        Assert.IsNull(start.Remark);
        Assert.AreEqual(before, start.NllBefore, 1e-6);
        Near.IsBelow(before - (parts == 1 ? 0.02 : 0.3), start.NllAfter!.Value);
        Near.IsBelow(0.0101, Math.Abs(model.At(2 * start.Depth).Evaluate(_validation).MeanNll - start.NllAfter.Value));
        Assert.AreEqual(start.NllAfter.Value, model.Evaluate(_validation).MeanNll, 1e-3);
    }

    [TestMethod]
    public void UnitsWithoutBiasesHaveOneToo()
    {
        using var model = Model(_data, Activation.LogCosh);
        Assert.IsTrue(Fit(model, _auto with { MaxEpochs = 1 }).Start!.IsKept);
    }

    [TestMethod]
    public void WhatDoesNotHelpLeavesEverythingAsItWas()
    {
        using var scope = NewDisposeScope();
        // The rows to judge by are of another density.
        var judging = Draw.Normal(1, 200, 2).Mul(1.4).Add(tensor([0.0, 10.0]));
        (byte[] Weights, TrainingReport Report) Train(StartMode mode)
        {
            using var model = Model(_data);
            var report = new DensityTrainer(_auto with { Start = mode }).Fit(model, _data, judging);
            return (Toy.Weights(model), report);
        }

        var (expected, without) = Train(StartMode.None);
        var (weights, report) = Train(StartMode.Auto);
        Assert.IsNull(without.Start);
        Assert.IsFalse(report.Start!.IsKept);
        Assert.Contains("It changes the NLL by", report.Start.Remark!);
        Assert.AreEqual(Toy.Summary(without), Toy.Summary(report));
        CollectionAssert.AreEqual(expected, weights);
        Assert.IsTrue(Train(StartMode.Always).Report.Start!.IsKept);
    }

    [TestMethod]
    public void EqualSeedsGiveEqualStarts()
    {
        byte[] Weights(ulong seed)
        {
            using var model = Model(_data);
            Fit(model, _auto with { Seed = seed, MaxSteps = 1 });
            return Toy.Weights(model);
        }

        CollectionAssert.AreEqual(Weights(5), Weights(5));
        CollectionAssert.AreNotEqual(Weights(5), Weights(6));
    }

    [TestMethod]
    [DataRow(20)]
    [DataRow(100)]
    public void TheFirstStepsDoNotDestroyIt(int steps)
    {
        using var model = Model(_data);
        var report = Fit(model, _auto with { LearningRate = 1e-2, AverageDecay = 0, MaxEpochs = 200, MaxSteps = steps });
        Near.IsBelow(report.Start!.NllAfter!.Value + 0.03, report.History.Max(epoch => epoch.ValidationNll!.Value));
        Near.IsAtMost(report.Start.NllAfter.Value + 1e-6, report.BestValidationNll!.Value);
    }

    [TestMethod]
    public void ARoundThatIsWorseThanItIsNotKept()
    {
        using var model = Model(_data);
        var report = Fit(model, _auto with { LearningRate = 3, WarmupFraction = 0, MaxGradientNorm = double.PositiveInfinity, AverageDecay = 0, MaxSteps = 1 });
        Assert.AreEqual(0, report.BestRound);
        // The depth may have been refined for the steps.
        Assert.AreEqual(report.Start!.NllAfter!.Value, report.BestValidationNll!.Value, 0.01);
        Assert.AreEqual(report.BestValidationNll.Value, model.Evaluate(_validation).MeanNll, 1e-6);
        Assert.DoesNotContain("no epoch had a finite", string.Join(' ', report.Remarks));
    }

    [TestMethod]
    public void WithoutValidationRowsThatItIsNotFittedToJudge()
    {
        using var model = Model(_data);
        var report = new DensityTrainer(_auto with { ValidationFraction = 0 }).Fit(model, _data);
        Assert.IsTrue(report.Start!.IsKept);
        Assert.AreEqual(4, report.BestRound);
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(6)]
    public void ACancelledOneLeavesTheWeightsAndIsFoundAgain(int at)
    {
        using var source = new CancellationTokenSource();
        using var model = Model(_data);
        var before = Toy.Weights(model);
        var options = _auto with { CheckpointPath = _folder["state"], MaxEpochs = 2 };
        var cancelled = options with { Clock = new CancellingClock(source, at), TimeLimit = TimeSpan.FromDays(1) };
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            new DensityTrainer(cancelled).Fit(model, _data, _validation, cancellationToken: source.Token));
        CollectionAssert.AreEqual(before, Toy.Weights(model));
        var report = Fit(model, options);
        using var whole = Model(_data);
        var expected = Fit(whole, options);
        Assert.AreEqual(expected.Start!.NllAfter, report.Start!.NllAfter);
        CollectionAssert.AreEqual(Toy.Weights(whole), Toy.Weights(model));
    }

    [TestMethod]
    public void AResumedTrainingDoesNotRepeatIt()
    {
        using var source = new CancellationTokenSource();
        using var model = Model(_data);
        var options = _auto with { CheckpointPath = _folder["state"] };
        StartReport? first = null;
        var stop = new Observer(progress =>
        {
            first = progress.Start;
            if (progress.Current.Round == 2)
            {
                source.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() =>
            new DensityTrainer(options).Fit(model, _data, _validation, progress: stop, cancellationToken: source.Token));
        using var resumed = Model(_data);
        var report = Fit(resumed, options);
        Assert.AreEqual(first, report.Start, "The seconds of the first one, too.");
        using var whole = Model(_data);
        Fit(whole, _auto);
        CollectionAssert.AreEqual(Toy.Weights(whole), Toy.Weights(resumed));
    }

    [TestMethod]
    public void OtherPotentialsAndWeightsBeginAsTheyAre()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var perceptron = new DensityModel(
            new BijectionChain(), new MongeAmpereFlow(new MlpPotential(2, [6], Activation.Softplus, generator, 0.1), new() { Horizon = 1, Depth = 2 }));
        Assert.IsNull(Fit(perceptron, _auto with { MaxEpochs = 1 }).Start);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(perceptron, _auto with { Start = StartMode.Always }));
        Assert.Contains("got MlpPotential; set Start to Auto", error.Message);
        using var trained = Model(_data);
        Fit(trained, _auto with { Start = StartMode.None, MaxEpochs = 1 });
        Assert.IsNull(Fit(trained, _auto with { MaxEpochs = 1 }).Start, "It is not at rest.");
        Assert.IsTrue(Fit(trained, _auto with { MaxEpochs = 1, Start = StartMode.Always }).Start!.IsKept);
        using var other = Model(_data);
        Assert.IsNull(Fit(other, _auto with { Objective = Objective.MaximumLikelihood.Plus(Objective.KineticEnergy(0.1)), MaxEpochs = 1 }).Start);
        using var conditional = new ConditionalFlow(ConditionalRidgePotential.AtRest(Draw.Normal(3, 6, 2), 1, generator), new() { Horizon = 1, Depth = 2 });
        var context = Draw.Normal(5, 600, 1).to(float32);
        Assert.IsNull(new DensityTrainer(_auto with { MaxEpochs = 1 }).Fit(conditional, _data.to(float32).Add(tensor([0f, -10f])), context).Start);
    }

    [TestMethod]
    public void StreamedRowsAndOtherRanksFindIt()
    {
        using var scope = NewDisposeScope();
        using var streamed = Model(_data);
        var report = new DensityTrainer(_auto).Fit(streamed, new StreamedRows(_data.split(100), 600), _validation);
        Assert.IsTrue(report.Start!.IsKept);
        var ranks = ThreadCollective.Run(2, rank =>
        {
            using var inner = NewDisposeScope();
            using var model = Model(_data);
            var found = new DensityTrainer(_auto with { Collective = rank }).Fit(model, _data, _validation);
            return (Weights: Toy.Weights(model), found.Start);
        });
        Assert.IsTrue(ranks.All(rank => rank.Error is null), string.Join('\n', ranks.Select(rank => rank.Error)));
        Assert.IsTrue(ranks[0].Result.Start!.IsKept);
        CollectionAssert.AreEqual(ranks[0].Result.Weights, ranks[1].Result.Weights);
        using var alone = Model(_data);
        Assert.AreEqual(Fit(alone, _auto).Start!.NllAfter!.Value, ranks[0].Result.Start!.NllAfter!.Value, 1e-4);
    }

    [TestMethod]
    public void WhereTimeRunsOutTrainingBeginsFromRestAndSaysSo()
    {
        using var model = Model(_data);
        var report = Fit(model, _auto with { TimeLimit = TimeSpan.FromTicks(1) });
        Assert.IsFalse(report.Start!.IsKept);
        Assert.Contains("Most of the time limit was gone", report.Start.Remark!);
        Assert.IsNull(report.RepeatableSteps);
        Assert.AreEqual(1, report.Steps);
    }

    [TestMethod]
    public void ItFreesItsTensors()
    {
        using var model = Model(_data);
        Leaks.AssertNone(() => Fit(model, _auto with { Start = StartMode.Always, MaxSteps = 1 }).Start!.IsKept ? [] : throw new InvalidOperationException());
    }

    private sealed class CancellingClock(CancellationTokenSource source, int at) : TimeProvider
    {
        private int _calls;

        public override long GetTimestamp()
        {
            if (++_calls == at)
            {
                source.Cancel();
            }

            return base.GetTimestamp();
        }
    }
}
