using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Training towards an energy: it learns, bounds, resumes, recovers, cancels, refines and refuses.</summary>
[TestClass]
public sealed class VariationalTrainerTests
{
    private static readonly VariationalTrainerOptions _short = new()
    {
        Steps = 60, BatchSize = 64, MeasureEverySteps = 20, MeasureSamples = 128, FinalSamples = 1024, LearningRate = 2e-2,
    };

    [TestMethod]
    public void LearnsTheIsingModelOnASmallTorusWithoutBreakingTheBound()
    {
        using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
        using var flow = IsingFlow(energy, 1);
        var report = new VariationalTrainer(_short with { Steps = 150 }).Fit(flow, energy);
        var final = report.FreeEnergy!;
        var gap = final.FreeEnergy + energy.ExactLogPartition()!.Value;
        Assert.IsGreaterThan(-3 * final.StandardError, gap);
        Near.IsBelow(0.8, gap);
        Near.IsBelow(0.5 * final.StandardError + 1e-4, Math.Abs(final.DepthCheck));
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Near.IsBelow(report.History[0].FreeEnergy!.Deviation, final.Deviation);
    }

    [TestMethod]
    public void AGaussianIsLearntUntilNoSpreadRemains()
    {
        using var energy = new Phi4Energy(Lattice.Square(3), 0.15, 0);
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(
            LatticeRidgePotential.AtRest(Lattice.Square(3), 1, generator), new() { Horizon = 1, Depth = 2 }, new CirculantGaussianMap(Lattice.Square(3), [.. Enumerable.Repeat(1.0, 9)]));
        var report = new VariationalTrainer(_short with { Steps = 200 }).Fit(flow, energy);
        Assert.AreEqual(-energy.ExactLogPartition()!.Value, report.FreeEnergy!.FreeEnergy, 0.02);
        Near.IsBelow(0.15, report.FreeEnergy.Deviation);
    }

    [TestMethod]
    public void AnInterruptedTrainingResumesToTheSameWeights()
    {
        var path = Path.Combine(Path.GetTempPath(), $"variational-{Guid.NewGuid():N}.safetensors");
        using var energy = new IsingEnergy(Lattice.Square(3), 2.5);
        using var straight = IsingFlow(energy, 3);
        using var resumed = IsingFlow(energy, 3);
        var expected = new VariationalTrainer(_short).Fit(straight, energy);
        using var cancellation = new CancellationTokenSource();
        var options = _short with { CheckpointPath = path };
        var stop = new Callback<TrainingProgress>(progress =>
        {
            if (progress.Current.Step == 33)
            {
                cancellation.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => new VariationalTrainer(options).Fit(resumed, energy, stop, cancellation.Token));
        Assert.IsTrue(File.Exists(path));
        var actual = new VariationalTrainer(options).Fit(resumed, energy);
        Assert.IsFalse(File.Exists(path));
        Assert.AreEqual(expected.FreeEnergy, actual.FreeEnergy);
        CollectionAssert.AreEqual(expected.History.Select(record => record.FreeEnergy).ToList(), actual.History.Select(record => record.FreeEnergy).ToList());
        foreach (var (left, right) in straight.Potential.parameters().Zip(resumed.Potential.parameters()))
        {
            Assert.IsTrue(left.Equals(right));
        }
    }

    [TestMethod]
    public void ACheckpointOfAnotherTrainingIsRefused()
    {
        var path = Path.Combine(Path.GetTempPath(), $"variational-{Guid.NewGuid():N}.safetensors");
        using var energy = new IsingEnergy(Lattice.Square(3), 2.5);
        using var flow = IsingFlow(energy, 3);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => new VariationalTrainer(_short with { CheckpointPath = path }).Fit(flow, energy, null, cancellation.Token));
        Assert.ThrowsExactly<FormatException>(() => new VariationalTrainer(_short with { CheckpointPath = path, Seed = 9 }).Fit(flow, energy));
        File.Delete(path);
    }

    [TestMethod]
    public void ADepthThatHasNotConvergedIsRefinedAndNeverReported()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
        using var generator = new Generator(1);
        // Amplitudes this large cannot be integrated in one step.
        using var potential = new LatticeRidgePotential(energy.Lattice!, randn([2, 16], generator: generator).mul(0.5), ones(2).mul(0.15));
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 2, Depth = 1 });
        var limited = flow.At(1);
        var frozen = _short with { Steps = 1, MeasureEverySteps = 1, LearningRate = 1e-12 };
        var report = new VariationalTrainer(frozen).Fit(flow, energy);
        Assert.IsGreaterThan(1, report.Depth);
        Assert.IsTrue(report.FreeEnergy!.IsConverged);
        StringAssert.Contains(report.Remarks.Single(), "refined");
        Assert.IsNull(new VariationalTrainer(frozen with { MaxDepth = 1 }).Fit(limited, energy).FreeEnergy);
    }

    [TestMethod]
    public void AWideErrorBarDoesNotHideACoarseIntegrator()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
        using var generator = new Generator(1);
        using var potential = new LatticeRidgePotential(energy.Lattice!, randn([2, 16], generator: generator).mul(0.5), ones(2).mul(0.15));
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 2, Depth = 2 });
        var careless = _short with { Steps = 1, MeasureEverySteps = 1, LearningRate = 1e-12, DepthTolerance = 1e6, DepthTolerancePerCoordinate = 1e6 };
        var before = new VariationalTrainer(careless).Fit(flow, energy);
        Assert.AreEqual(2, before.Depth);
        Assert.IsGreaterThan(1e-4, Math.Abs(before.FreeEnergy!.DepthCheckPerCoordinate));
        var after = new VariationalTrainer(careless with { DepthTolerancePerCoordinate = 1e-4 }).Fit(flow, energy);
        Assert.IsGreaterThan(2, after.Depth);
        Near.IsBelow(1.1e-4, Math.Abs(after.FreeEnergy!.DepthCheckPerCoordinate));
    }

    [TestMethod]
    public void ASymmetryThatTheEnergyLacksIsNamed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var lopsided = new GaussianMixtureEnergy(tensor(new double[,] { { 2, 0 }, { 0, 1 } }), 0.5);
        using var even = new MongeAmpereFlow(new RidgePotential(randn([4, 2], generator: generator), null, zeros(4), Activation.LogCosh));
        var message = Assert.ThrowsExactly<ArgumentException>(() => new VariationalTrainer(_short).Fit(even, lopsided)).Message;
        Assert.Contains("GaussianMixtureEnergy", message);
        Assert.Contains("RidgePotential", message);
        Assert.Contains("-x[0, 1]", message);
        // In a user's function whose constants are of one type.
        using var narrow = new DelegateEnergy(2, x => x.sub(ones([2])).mm(eye(2)).square().sum([1L]));
        Assert.ThrowsExactly<ArgumentException>(() => new VariationalTrainer(_short).Fit(even, narrow));
        using var open = new IsingEnergy(Lattice.Square(3, Boundary.Open), 2.5);
        using var torus = new IsingEnergy(Lattice.Square(3), 2.5);
        using var periodic = IsingFlow(torus, 1);
        Assert.Contains("LatticeRidgePotential", Assert.ThrowsExactly<ArgumentException>(() => new VariationalTrainer(_short).Fit(periodic, open)).Message);
        // Fewer symmetries than the energy's are fine.
        using var plain = new MongeAmpereFlow(new RidgePotential(randn([4, 9], generator: generator), zeros(4), zeros(4), Activation.Softplus));
        new VariationalTrainer(_short with { Steps = 1, FinalSamples = 16, MeasureSamples = 16 }).Fit(plain, torus);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void SampledElementsAreTrainedOnAndDoNotLookLikeACoarseIntegrator(bool path)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(3), 2.5);
        using var generator = new Generator(1);
        using var inner = RidgePotential.AtRest(randn([12, 9], generator: generator), Activation.LogCosh, generator);
        using var flow = new MongeAmpereFlow(new SampledSymmetryPotential(inner, energy.Symmetry, interval: 0.5), new() { Horizon = 2, Depth = 4 });
        var report = new VariationalTrainer(_short with { Objective = path ? Objective.FreeEnergy(energy, pathGradient: true) : null }).Fit(flow, energy);
        Assert.IsTrue(report.FreeEnergy!.IsConverged);
        Near.IsBelow(32, report.Depth);
        Near.IsBelow(report.History[0].FreeEnergy!.FreeEnergy, report.FreeEnergy.FreeEnergy);
        Assert.IsGreaterThan(-4 * report.FreeEnergy.StandardError, report.FreeEnergy.FreeEnergy + energy.ExactLogPartition()!.Value);
    }

    [TestMethod]
    public void AnEnergyThatFailsMidwayLeadsBackToTheLastGoodStateAndThenToAnEnd()
    {
        var calls = 0;
        using var energy = new DelegateEnergy(9, x => x.square().sum([1L]).mul(++calls % 7 == 0 ? double.PositiveInfinity : 0.5));
        using var ising = new IsingEnergy(Lattice.Square(3), 2.5);
        using var flow = IsingFlow(ising, 1);
        var report = new VariationalTrainer(_short with { MeasureEverySteps = 1000, MaxRecoveries = 2 }).Fit(flow, energy);
        Assert.AreEqual(StopReason.Diverged, report.StopReason);
        Assert.IsTrue(flow.Potential.parameters().All(parameter => parameter.isfinite().all().item<bool>()));
    }

    [TestMethod]
    public void MismatchesAndBadOptionsAreRefused()
    {
        using var energy = new RingEnergy();
        using var ising = new IsingEnergy(Lattice.Square(3), 2.5);
        using var flow = IsingFlow(ising, 1);
        Assert.ThrowsExactly<ArgumentException>(() => new VariationalTrainer(_short).Fit(flow, energy));
        Assert.ThrowsExactly<ArgumentException>(() => new VariationalTrainer(_short with { MaxDepth = 2 }).Fit(flow, ising));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VariationalTrainer(_short with { BatchSize = 1 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VariationalTrainer(_short with { Steps = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VariationalTrainer(_short with { DepthTolerance = 0 }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new VariationalTrainer(_short with { DepthTolerancePerCoordinate = double.NaN }));
    }

    [TestMethod]
    public void AnnealingRaisesTheFactorToOne()
    {
        var options = _short with { AnnealingFraction = 0.5, InitialInverseTemperature = 0.2 };
        Assert.AreEqual(0.2, options.InverseTemperature(0), 1e-12);
        Assert.AreEqual(0.6, options.InverseTemperature(0.25), 1e-12);
        Assert.AreEqual(1, options.InverseTemperature(0.5));
        Assert.AreEqual(1, _short.InverseTemperature(0));
    }

    private static MongeAmpereFlow IsingFlow(IsingEnergy energy, ulong seed)
    {
        using var generator = new Generator(seed);
        return new(LatticeRidgePotential.AtRest(energy.Lattice!, 2, generator), new() { Horizon = 2, Depth = 4 }, CirculantGaussianMap.For(energy));
    }

    private sealed class Callback<T>(Action<T> action) : IProgress<T>
    {
        public void Report(T value) => action(value);
    }
}
