using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A measurement that is cancelled loses nothing: its checkpoint leads to the same end.</summary>
[TestClass]
public sealed class MeasurementCheckpointTests
{
    private static readonly VariationalTrainerOptions _short = new()
    {
        Steps = 6, BatchSize = 16, MeasureEverySteps = 3, MeasureSamples = 192, FinalSamples = 192, DepthTolerance = 1e6, DepthTolerancePerCoordinate = 1e6,
    };

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Cleanup() => _folder.Dispose();

    [TestMethod]
    public void ATrainingCancelledAnywhereResumesToTheSameEnd()
    {
        using var whole = Flow();
        var calls = 0;
        using var counting = Energy(() => calls++);
        var expected = new VariationalTrainer(_short).Fit(whole, counting);
        // Calls of the energy: two at the start, one a step, six a measurement of three chunks at two depths; fingerprints come on top.
        for (var cancelled = 3; cancelled < calls; cancelled++)
        {
            using var source = new CancellationTokenSource();
            var call = 0;
            using var energy = Energy(() =>
            {
                if (++call == cancelled)
                {
                    source.Cancel();
                }
            });
            using var flow = Flow();
            var trainer = new VariationalTrainer(_short with { CheckpointPath = _folder["state"] });
            try
            {
                trainer.Fit(flow, energy, null, source.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.IsTrue(File.Exists(_folder["state"]), $"cancelled in call {cancelled}");
            }

            using var resumed = Flow();
            using var silent = Energy(() => { });
            var actual = trainer.Fit(resumed, silent);
            Assert.AreEqual(expected.FreeEnergy, actual.FreeEnergy, $"cancelled in call {cancelled}");
            foreach (var (left, right) in whole.Potential.parameters().Zip(resumed.Potential.parameters()))
            {
                Near.AssertBitEqual(left, right, $"cancelled in call {cancelled}");
            }
        }
    }

    [TestMethod]
    public void AKeptCheckpointEndsTheNextVariationalTrainingAtOnce()
    {
        using var energy = Energy(() => { });
        using var flow = Flow();
        var options = _short with { CheckpointPath = _folder["state"], KeepCheckpoint = true };
        var report = new VariationalTrainer(options).Fit(flow, energy);
        var calls = 0;
        using var counting = Energy(() => calls++);
        using var again = Flow();
        var second = new VariationalTrainer(options with { KeepCheckpoint = false }).Fit(again, counting);
        Assert.AreEqual(report.FreeEnergy, second.FreeEnergy);
        Near.IsBelow(8, calls, "Only the checks of the energy and its fingerprint.");
        Assert.IsFalse(File.Exists(_folder["state"]));
        Near.AssertBitEqual(flow.Potential.parameters().First(), again.Potential.parameters().First());
    }

    [TestMethod]
    public void TheSameFlowMayGoOnAfterItsDepthWasRefined()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 320);
        using var generator = new Generator(1);
        using var model = new DensityModelOptions { HiddenUnits = 12, Flow = new() { Horizon = 2, Depth = 1 } }.Build(data, generator);
        var options = Toy.Short with { MaxEpochs = 20, LearningRate = 0.1, DepthTolerance = 1e-3, CheckpointPath = _folder["state"] };
        using var source = new CancellationTokenSource();
        var observer = new Observer(progress =>
        {
            if (progress.Depth > 1)
            {
                source.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(options).Fit(model, data, progress: observer, cancellationToken: source.Token));
        Assert.IsGreaterThan(1, model.Flow.Depth);
        Assert.HasCount(20, new DensityTrainer(options).Fit(model, data).History);
    }

    private static DelegateEnergy Energy(Action onCall) => new(2, x =>
    {
        onCall();
        return x.square().sum([1L]).mul(0.7);
    });

    private static MongeAmpereFlow Flow()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        return new(RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator), new() { Horizon = 1, Depth = 2 });
    }
}
