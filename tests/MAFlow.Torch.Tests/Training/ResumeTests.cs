using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>An interrupted training that is started again ends where the uninterrupted one does, bit for bit.</summary>
[TestClass]
public sealed class ResumeTests
{
    private const int SolvesPerTraining = 4 * (4 + 1);
    private readonly TemporaryFolder _folder = new();
    private readonly Tensor _data = Draw.Levels(1, 9, 150, 2);

    private DensityTrainerOptions Options => Toy.Short with { CheckpointPath = _folder["state"] };

    [TestCleanup]
    public void Cleanup()
    {
        _folder.Dispose();
        _data.Dispose();
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void AKilledTrainingResumesBitForBitFromTheLastCheckpoint(int every)
    {
        var (weights, summary) = Uninterrupted();
        for (var solve = 1; solve <= SolvesPerTraining; solve++)
        {
            using (var killed = Model(number => Throw<IOException>(number == solve)))
            {
                Assert.ThrowsExactly<IOException>(() => Fit(killed, Options with { CheckpointEverySteps = every }));
            }

            using var model = Model();
            Assert.AreEqual(summary, Toy.Summary(Fit(model, Options with { CheckpointEverySteps = every })), $"killed in solve {solve}");
            CollectionAssert.AreEqual(weights, Toy.Weights(model));
            Assert.IsEmpty(Directory.GetFiles(_folder.Path), "A finished training leaves no file.");
        }
    }

    [TestMethod]
    public void ATrainingCancelledByItsTokenResumesBitForBitWithoutLosingAStep()
    {
        var (weights, summary) = Uninterrupted();
        for (var solve = 1; solve < SolvesPerTraining; solve++)
        {
            using var source = new CancellationTokenSource();
            using var cancelled = Model(number => (number == solve ? source.Cancel : (Action)(() => { }))());
            Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(Options).Fit(cancelled, _data, cancellationToken: source.Token), $"cancelled in solve {solve}");
            Assert.IsTrue(double.IsFinite(cancelled.Evaluate(_data).MeanNll), "The model is usable.");
            var solves = 0;
            using var model = Model(number => solves = number);
            Assert.AreEqual(summary, Toy.Summary(Fit(model, Options)), $"cancelled in solve {solve}");
            CollectionAssert.AreEqual(weights, Toy.Weights(model));
            Assert.AreEqual(SolvesPerTraining - solve, solves, "No step is taken twice.");
        }
    }

    [TestMethod]
    public void ATrainingCancelledByItsObserverAtAnEpochsEndResumesBitForBit()
    {
        var (weights, summary) = Uninterrupted();
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            using var cancelled = Model();
            var observer = new Observer(report => Throw<OperationCanceledException>(report.IsRoundEnd && report.Current.Round == epoch));
            Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(Options).Fit(cancelled, _data, progress: observer));
            using var model = Model();
            Assert.AreEqual(summary, Toy.Summary(Fit(model, Options)));
            CollectionAssert.AreEqual(weights, Toy.Weights(model));
        }
    }

    [TestMethod]
    public void CheckpointsOfAnotherTrainingAreRefusedAndKept()
    {
        WriteCheckpoint();
        using var wider = Model(hiddenUnits: 7);
        using var same = Model();
        Assert.Contains("remove the file or give another path", Refused(wider, Options, _data));
        Assert.Contains("seed 6", Refused(same, Options with { Seed = 6 }, _data));
        Assert.Contains("batches of 16", Refused(same, Options with { BatchSize = 16 }, _data));
        using var fewer = _data.narrow(0, 0, 140);
        Assert.Contains("126 rows", Refused(same, Options, fewer));
        using var stored = Models.Make();
        stored.Save(_folder["state"]);
        Assert.Contains("got 'maflow-density'", Refused(same, Options, _data));
    }

    [TestMethod]
    public void DamagedCheckpointsAreRefusedAndKept()
    {
        WriteCheckpoint();
        var intact = File.ReadAllBytes(_folder["state"]);
        using var model = Model();
        var before = Toy.Weights(model);
        var random = new Random(1);
        for (var i = 0; i < 150; i++)
        {
            var bytes = intact.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_folder["state"], i % 10 == 0 ? intact[..random.Next(intact.Length)] : bytes);
            Refused(model, Options, _data);
            CollectionAssert.AreEqual(before, Toy.Weights(model));
        }
    }

    private static void Throw<T>(bool condition)
        where T : Exception, new()
    {
        if (condition)
        {
            throw new T();
        }
    }

    /// <summary>Dequantised, so that the random state of the noise matters too.</summary>
    private DensityModel Model(Action<int>? onSolve = null, int hiddenUnits = 6)
    {
        using var generator = new Generator(1);
        using var scope = NewDisposeScope();
        var chain = BijectionChain.Fit([new UniformDequantization(9), new Logit(), new AffineGaussianization()], _data, generator);
        var ridge = RidgePotential.AtRest(Draw.Normal(3, hiddenUnits, 2), Activation.Softplus, generator);
        return new(chain, new MongeAmpereFlow(new ObservedPotential(ridge) { OnSolve = onSolve ?? (_ => { }) }, new() { Horizon = 1, Depth = 2 }));
    }

    private TrainingReport Fit(DensityModel model, DensityTrainerOptions options) => new DensityTrainer(options).Fit(model, _data);

    private (byte[] Weights, string Summary) Uninterrupted()
    {
        using var model = Model();
        var report = Fit(model, Toy.Short);
        Assert.AreEqual(16, report.Steps);
        return (Toy.Weights(model), Toy.Summary(report));
    }

    private void WriteCheckpoint()
    {
        using var model = Model(number => Throw<OperationCanceledException>(number == 8));
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(model, Options));
    }

    private string Refused(DensityModel model, DensityTrainerOptions options, Tensor rows)
    {
        var before = File.ReadAllBytes(_folder["state"]);
        var error = Assert.ThrowsExactly<FormatException>(() => new DensityTrainer(options).Fit(model, rows));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(_folder["state"]));
        return error.Message;
    }
}
