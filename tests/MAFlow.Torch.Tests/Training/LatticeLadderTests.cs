using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The ladder of tori: its rungs, their training, and going on after an interruption.</summary>
[TestClass]
public sealed class LatticeLadderTests
{
    private static readonly LatticePairOptions _small = new() { Scales = [0], OddFeatures = 2, EvenFeatures = 1, Knots = 2 };

    private static VariationalTrainerOptions Options => new()
    {
        Steps = 30, BatchSize = 16, MeasureEverySteps = 15, MeasureSamples = 32, FinalSamples = 64, MaxDepth = 16,
    };

    [TestMethod]
    [DataRow(new[] { 64, 64 }, "8x8 16x16 32x32 64x64")]
    [DataRow(new[] { 20, 20 }, "10x10 20x20")]
    [DataRow(new[] { 11 }, "6 11")]
    [DataRow(new[] { 7, 7 }, "7x7")]
    [DataRow(new[] { 24, 16 }, "12x8 24x16")]
    public void EachRungIsHalfTheNext(int[] extents, string expected) => Assert.AreEqual(
        expected, string.Join(' ', LatticeLadder.Tori(new(Boundary.Periodic, extents)).Select(torus => string.Join('x', torus.Extents))));

    [TestMethod]
    public void TheLastRungIsTrainedAndNeverBelowTheExactFreeEnergy()
    {
        using var scope = NewDisposeScope();
        var told = new List<string>();
        var reached = new List<(LadderRung Rung, long Dimension)>();
        var report = new LatticeLadder(Ising, Options, _small).Fit(new Lattice(Boundary.Periodic, 12, 12), (torus, flow) =>
        {
            Assert.AreEqual(torus.Sites, flow.Dimension);
            told.Add(string.Join('x', torus.Extents));
            return null;
        }, (rung, flow) => reached.Add((rung, flow.Dimension)));
        using var flow = report.Flow;
        CollectionAssert.AreEqual(report.Rungs.Select(rung => (rung, (long)rung.Lattice.Sites)).ToArray(), reached);
        CollectionAssert.AreEqual(new[] { "6x6", "12x12" }, told);
        CollectionAssert.AreEqual(new[] { 36, 144 }, report.Rungs.Select(rung => rung.Lattice.Sites).ToArray());
        Assert.AreEqual(144, flow.Dimension);
        foreach (var rung in report.Rungs)
        {
            using var energy = Ising(rung.Lattice);
            var (measured, exact) = (rung.Training.FreeEnergy!, -energy.ExactLogPartition()!.Value);
            Assert.AreEqual(30, rung.Training.Steps);
            Assert.IsGreaterThan(exact - (3 * measured.StandardError), measured.FreeEnergy);
            Assert.IsInRange(1.0 / measured.Samples, 1, measured.EffectiveSampleFraction);
            // Lower than where it began, at rest or lifted; by far more than the error.
            using var rest = new MongeAmpereFlow(LatticePairPotential.AtRest(rung.Lattice, energy.Spectrum, _small), new() { Depth = 4 });
            using var generator = new Generator(1);
            var sample = rest.Sample(256, generator);
            Near.IsBelow(sample.LogProb.add(energy.Value(sample.X)).mean().item<float>() - (3 * measured.StandardError), measured.FreeEnergy);
        }
    }

    /// <summary>Tori that are no squares, of odd sides, cold and hot.</summary>
    [TestMethod]
    [DataRow(1.8, 6, 10, 0.35)]
    [DataRow(3.0, 7, 7, 0.05)]
    public void OtherToriAndTemperaturesHaveBounds(double temperature, int rows, int columns, double gapPerSite)
    {
        using var scope = NewDisposeScope();
        var torus = new Lattice(Boundary.Periodic, rows, columns);
        var report = new LatticeLadder(lattice => new IsingEnergy(lattice, temperature), Options with { Steps = 60 }, _small).Fit(torus);
        using var flow = report.Flow;
        using var energy = new IsingEnergy(torus, temperature);
        var (measured, exact) = (report.Rungs[^1].Training.FreeEnergy!, -energy.ExactLogPartition()!.Value);
        Assert.IsGreaterThan(exact - (3 * measured.StandardError), measured.FreeEnergy);
        Near.IsBelow(exact + (gapPerSite * torus.Sites), measured.FreeEnergy);
    }

    [TestMethod]
    public void AnInterruptedLadderGoesOnToTheSameWeights()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var torus = new Lattice(Boundary.Periodic, 12);
        using var whole = new LatticeLadder(Ising, Options, _small).Fit(torus).Flow;
        var options = Options with { CheckpointPath = folder["checkpoint"] };
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => new LatticeLadder(Ising, options, _small).Fit(
            torus,
            (rung, _) => rung.Sites < 12 ? null : new Progress(progress =>
            {
                if (progress.Current.Step == 20)
                {
                    cancellation.Cancel();
                }
            }),
            cancellationToken: cancellation.Token));
        using var resumed = new LatticeLadder(Ising, options, _small).Fit(torus).Flow;
        foreach (var (name, parameter) in whole.Potential.named_parameters())
        {
            Near.Assert(parameter, resumed.Potential.get_parameter(name)!, 1e-5, name);
        }

        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(folder["checkpoint"])!));
    }

    [TestMethod]
    public void OpenLatticesAndForeignObjectivesAreRefused()
    {
        using var energy = Ising(Lattice.Square(6));
        Assert.ThrowsExactly<ArgumentException>(() => new LatticeLadder(Ising, Options with { Objective = Objective.FreeEnergy(energy) }));
        Assert.ThrowsExactly<ArgumentException>(() => new LatticeLadder(Ising, Options).Fit(Lattice.Square(6, Boundary.Open)));
    }

    private static IsingEnergy Ising(Lattice lattice) => new(lattice, IsingEnergy.CriticalTemperature);

    private sealed class Progress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
