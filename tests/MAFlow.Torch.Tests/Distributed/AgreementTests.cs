using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What ranks decide, they decide alike and together: threads stand for processes.</summary>
[TestClass]
public sealed class AgreementTests
{
    private const int Size = 3;
    private readonly TemporaryFolder _folder = new();
    private readonly Tensor _data = Draw.Levels(1, 9, 150, 2);

    [TestCleanup]
    public void Cleanup()
    {
        _folder.Dispose();
        _data.Dispose();
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(3)]
    public void RowsOfARankAreConsecutiveAndEachRowHasOne(int size)
    {
        foreach (var rows in new[] { 3L, 7, 64, 1000 })
        {
            var shares = ThreadCollective.Run(size, rank => rank.Share(rows)).Select(rank => rank.Result).ToList();
            Assert.AreEqual(rows, shares.Sum(share => share.Count));
            Assert.AreEqual(0, shares[0].First);
            Assert.IsTrue(shares.Zip(shares.Skip(1)).All(pair => pair.First.First + pair.First.Count == pair.Second.First));
            Near.IsAtMost(1, shares.Max(share => share.Count) - shares.Min(share => share.Count));
        }
    }

    [TestMethod]
    public void TextBytesAndRowNumbersOfRankZeroArriveExactly()
    {
        foreach (var (result, error) in ThreadCollective.Run(Size, rank =>
        {
            using var order = tensor([5L + rank.Rank, (1L << 52) + rank.Rank]);
            rank.TakeOfFirst(order);
            using var bytes = tensor([(byte)(250 + rank.Rank)]);
            rank.TakeOfFirst(bytes);
            return $"{rank.OfFirst($"größer {rank.Rank}")} {rank.OfFirst(rank.Rank + 0.5)} {string.Join(' ', order.data<long>().ToArray())} {bytes.item<byte>()}";
        }))
        {
            Assert.IsNull(error, $"{error}");
            Assert.AreEqual($"größer 0 0.5 5 {1L << 52} 250", result);
        }
    }

    [TestMethod]
    [DataRow(2, false)]
    [DataRow(3, false)]
    [DataRow(3, true)]
    public void WeightsAndReportsEqualThoseOfOneRankToRounding(int size, bool ofWholeBatches)
    {
        // A divergence of samples and data is no mean over points.
        var options = ofWholeBatches
            ? Toy.Short with { Objective = Objective.MaximumLikelihood.Plus(Objective.SinkhornDivergence(0.5)) }
            : Toy.Short;
        var (expected, alone) = Train(Solo.Instance, options);
        var ranks = Ranks(size, rank => Train(rank, options));
        foreach (var (weights, report) in ranks)
        {
            CollectionAssert.AreEqual(ranks[0].Weights, weights, "Ranks end with the same bits.");
            Near.IsBelow(1e-5, Difference(expected, weights));
            Assert.AreEqual(alone.Steps, report.Steps);
            Assert.AreEqual(alone.BestValidationNll!.Value, report.BestValidationNll!.Value, 1e-5);
            Assert.AreEqual(Toy.Summary(ranks[0].Report), Toy.Summary(report));
        }
    }

    [TestMethod]
    public void ABatchHasARowForEachRank() => Assert.IsTrue(ThreadCollective.Run(Size, rank =>
        new DensityTrainer(Toy.Short with { Collective = rank, BatchSize = 2 })).All(rank => rank.Error is ArgumentOutOfRangeException));

    [TestMethod]
    public void ARankThatIsCancelledStopsAllAndNoStepIsLost()
    {
        var (expected, _) = Train(Solo.Instance, Toy.Short);
        var options = Toy.Short with { CheckpointPath = _folder["state"] };
        using var source = new CancellationTokenSource();
        var ranks = ThreadCollective.Run(Size, rank =>
        {
            var token = rank.Rank == 1 ? source.Token : CancellationToken.None;
            // While rank 2 is in its seventh step.
            return Train(rank, options, failsAt: rank.Rank == 2 ? 7 : 0, fail: source.Cancel, token: token);
        });
        Assert.IsTrue(ranks.All(rank => rank.Error is OperationCanceledException), string.Join('\n', ranks.Select(rank => rank.Error)));
        Assert.IsTrue(File.Exists(_folder["state"]));
        foreach (var (weights, _) in Ranks(2, rank => Train(rank, options)))
        {
            Near.IsBelow(1e-5, Difference(expected, weights), "Resumed by another number of ranks.");
        }

        Assert.IsFalse(File.Exists(_folder["state"]));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    public void ARankThatFailsEndsAll(int failing)
    {
        var ranks = ThreadCollective.Run(Size, rank => Train(rank, Toy.Short, failsAt: rank.Rank == failing ? 7 : 0));
        for (var rank = 0; rank < Size; rank++)
        {
            Assert.IsInstanceOfType(ranks[rank].Error, rank == failing ? typeof(IOException) : typeof(InvalidOperationException), $"{ranks[rank].Error}");
        }
    }

    [TestMethod]
    public void AnObserverThatThrowsEndsAll()
    {
        var ranks = ThreadCollective.Run(Size, rank => Train(rank, Toy.Short, new Observer(_ => throw new NotSupportedException())));
        Assert.IsInstanceOfType<NotSupportedException>(ranks[0].Error);
        Assert.IsTrue(ranks.Skip(1).All(rank => rank.Error is InvalidOperationException));
    }

    [TestMethod]
    public void TheClockOfRankZeroDecides()
    {
        var ranks = Ranks(Size, rank => Train(rank, Toy.Short with
        {
            Clock = rank.Rank == 0 ? new CountingClock() : new CountingClock(fasterAfter: 0, faster: 1_000_000 * rank.Rank),
            TimeLimit = rank.Rank == 0 ? TimeSpan.FromMilliseconds(12) : TimeSpan.FromTicks(1),
        }));
        Assert.AreEqual(StopReason.TimeLimit, ranks[0].Report.StopReason);
        Near.IsBelow(15L, ranks[0].Report.Steps);
        Near.IsBelow(ranks[0].Report.Steps, 1L);
        Assert.IsTrue(ranks.All(rank => Toy.Summary(rank.Report) == Toy.Summary(ranks[0].Report)));
    }

    [TestMethod]
    public void EarlyStoppingAndRecoveryAreTheSameOnAllRanks()
    {
        var options = Toy.Short with
        {
            LearningRate = 8, FinalLearningRateFraction = 1, AverageDecay = 0, MaxEpochs = 60, Patience = 3, MaxGradientNorm = double.PositiveInfinity,
        };
        var ranks = Ranks(Size, rank => Train(rank, options));
        Console.WriteLine(Toy.Summary(ranks[0].Report));
        Assert.AreEqual(StopReason.EarlyStopping, ranks[0].Report.StopReason);
        Assert.Contains("returned to step", string.Join('\n', ranks[0].Report.Remarks));
        Assert.IsTrue(ranks.All(rank => Toy.Summary(rank.Report) == Toy.Summary(ranks[0].Report)));
    }

    [TestMethod]
    public void DifferentDataOrSeedsAreRefusedEverywhere()
    {
        var ranks = ThreadCollective.Run(2, rank => Train(rank, Toy.Short with { Seed = 5 + (ulong)rank.Rank }));
        Assert.IsTrue(ranks.All(rank => rank.Error is InvalidOperationException));
        StringAssert.Contains(ranks[1].Error!.Message, "another options");
    }

    [TestMethod]
    public void ADamagedCheckpointIsRefusedEverywhere()
    {
        File.WriteAllText(_folder["state"], "{}");
        var ranks = ThreadCollective.Run(2, rank => Train(rank, Toy.Short with { CheckpointPath = _folder["state"] }));
        Assert.IsInstanceOfType<FormatException>(ranks[0].Error);
        Assert.IsInstanceOfType<InvalidOperationException>(ranks[1].Error);
    }

    [TestMethod]
    public void FreeEnergiesEqualThoseOfOneRankToRounding()
    {
        (float[] Weights, double FreeEnergy) Fit(ICollective collective)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(2);
            var potential = new MlpPotential(2, [6], Activation.Softplus, generator, 0.1);
            using var flow = new MongeAmpereFlow(potential, new() { Depth = 4 });
            using var energy = new DelegateEnergy(2, x => x.Pow(4).sum([1L]));
            var trainer = new VariationalTrainer(new()
            {
                Steps = 40, BatchSize = 16, AccumulateBatches = 3, MeasureEverySteps = 20, FinalSamples = 100, AnnealingFraction = 0.2, Collective = collective,
            });
            var report = trainer.Fit(flow, energy);
            return ([.. potential.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())], report.FreeEnergy!.FreeEnergy);
        }

        var alone = Fit(Solo.Instance);
        foreach (var rank in Ranks(Size, Fit))
        {
            Near.IsBelow(1e-5, Difference(alone.Weights, rank.Weights));
            Assert.AreEqual(alone.FreeEnergy, rank.FreeEnergy, 1e-5);
        }
    }

    [TestMethod]
    public void ProbesOfARowDoNotDependOnTheRankThatHasIt()
    {
        using var x = Draw.Normal(1, 7, 3);
        using var whole = Probes(new HutchinsonLaplacian(2), x);
        for (var first = 0L; first < 7; first++)
        {
            using var cut = Probes(new CutLaplacian(new HutchinsonLaplacian(2), first, 7), x.narrow(0, first, 7 - first));
            Near.AssertBitEqual(whole.narrow(1, first, 7 - first).contiguous(), cut.contiguous());
        }

        static Tensor Probes(LaplacianEstimator estimator, Tensor points)
        {
            using var generator = new Generator(5);
            return estimator.DrawProbes(points, generator)!;
        }
    }

    private static T[] Ranks<T>(int size, Func<ThreadCollective, T> work)
    {
        var ranks = ThreadCollective.Run(size, work);
        Assert.IsTrue(ranks.All(rank => rank.Error is null), string.Join('\n', ranks.Select(rank => rank.Error)));
        return [.. ranks.Select(rank => rank.Result!)];
    }

    private static double Difference(float[] expected, float[] actual) =>
        expected.Zip(actual).Max(pair => Math.Abs(pair.First - pair.Second)) / expected.Max(Math.Abs);

    private (float[] Weights, TrainingReport Report) Train(
        ICollective collective, DensityTrainerOptions options, IProgress<TrainingProgress>? progress = null, int failsAt = 0, Action? fail = null, CancellationToken token = default)
    {
        using var scope = NewDisposeScope();
        using var model = Toy.Model(_data);
        var solves = 0;
        var objective = new Watched(() =>
        {
            if (++solves == failsAt)
            {
                (fail ?? (() => throw new IOException("This rank fails.")))();
            }
        });
        var report = new DensityTrainer(options with { Collective = collective, Objective = objective }).Fit(model, _data, progress: progress, cancellationToken: token);
        return ([.. model.Flow.Potential.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray())], report);
    }

    private sealed class Watched(Action look) : Objective
    {
        public override string Identity => MaximumLikelihood.Identity;

        public override (Tensor Loss, Tensor Values) Evaluate(ObjectiveBatch batch)
        {
            look();
            return MaximumLikelihood.Evaluate(batch);
        }
    }
}
