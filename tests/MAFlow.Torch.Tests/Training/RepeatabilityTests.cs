using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Equal seeds give equal weights; where time runs short, a number of steps does.</summary>
[TestClass]
public sealed class RepeatabilityTests
{
    private static readonly DensityTrainerOptions _long = Toy.Short with { MaxEpochs = 100_000 };
    private static readonly VariationalTrainerOptions _sampling = new()
    {
        Steps = 100_000, BatchSize = 16, MeasureEverySteps = 20, MeasureSamples = 32, FinalSamples = 64, LearningRate = 2e-2,
    };

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    [TestMethod]
    public void ALimitThatSufficesChangesNothing()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        var (one, report) = Fit(data, Toy.Short with { TimeLimit = Seconds(1), Clock = new CountingClock() });
        var (other, _) = Fit(data, Toy.Short with { TimeLimit = Seconds(1000), Clock = new CountingClock(fasterAfter: 20) });
        CollectionAssert.AreEqual(one, other);
        Assert.IsEmpty(report.Remarks);
        Assert.AreEqual(StopReason.Completed, report.StopReason);
        Assert.AreEqual(report.Steps, report.RepeatableSteps);
        // Where the warm-up is short anyway, neither does it change anything that there is a limit.
        CollectionAssert.AreEqual(one, Fit(data, Toy.Short).Weights);
        CollectionAssert.AreEqual(one, Fit(data, Toy.Short with { MaxSteps = report.RepeatableSteps }).Weights);
    }

    [TestMethod]
    [DataRow(0.5, 1)]
    [DataRow(1, 2)]
    [DataRow(1.3, 3)]
    public void WhatEndsByTheClockIsRepeatedByItsSteps(double seconds, int seed)
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        var options = _long with { Seed = (ulong)seed };
        var (weights, report) = Fit(data, options with { TimeLimit = Seconds(seconds), Clock = new CountingClock() });
        var end = report.RepeatableSteps!.Value;
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        Assert.AreEqual(end, report.Steps);
        Assert.Contains($"Step {end / 4 * 3}: ", report.Remarks.Single());
        Assert.Contains($"with MaxSteps = {end} it gives this one", report.Remarks.Single());
        Near.IsBelow(0.02 * 0.2, report.History[^1].LearningRate);

        var (repeated, again) = Fit(data, options with { MaxSteps = end });
        CollectionAssert.AreEqual(weights, repeated);
        Assert.AreEqual((end, end), (again.Steps, again.RepeatableSteps));
        Assert.AreEqual(StopReason.Completed, again.StopReason);
        CollectionAssert.AreEqual(Rates(report), Rates(again));
        CollectionAssert.AreNotEqual(weights, Fit(data, options with { MaxSteps = end + 4 }).Weights);
        // A faster or somewhat slower machine, the same limit.
        CollectionAssert.AreEqual(weights, Fit(data, options with { MaxSteps = end, TimeLimit = Seconds(seconds), Clock = new CountingClock() }).Weights);
    }

    [TestMethod]
    public void WhatTheClockCutsIsSaidNotToBeRepeatable()
    {
        using var scope = NewDisposeScope();
        var report = Fit(Toy.Ring(1, 100), _long with { TimeLimit = Seconds(1), Clock = new CountingClock(fasterAfter: 750) }).Report;
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        Assert.IsNull(report.RepeatableSteps);
        Assert.HasCount(2, report.Remarks);
        Assert.Contains("where training was to end; it cannot be repeated exactly. Raise TimeLimit, or set MaxSteps", report.Remarks[1]);
    }

    [TestMethod]
    public void OneStepIsRepeatedByOneStep()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        var (weights, report) = Fit(data, _long with { TimeLimit = TimeSpan.FromTicks(1) });
        Assert.AreEqual((1L, 1L), (report.Steps, report.RepeatableSteps));
        Assert.Contains("with MaxSteps = 1 it gives this one", report.Remarks[^1]);
        CollectionAssert.AreEqual(weights, Fit(data, _long with { MaxSteps = 1 }).Weights);
    }

    [TestMethod]
    public void AnEndThatTheClockHasSetSurvivesAnInterruption()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var data = Toy.Ring(1, 100);
        var options = _long with { TimeLimit = Seconds(1), Clock = new CountingClock(), CheckpointPath = folder["checkpoint"] };
        using var model = Toy.Model(data);
        using var cancellation = new CancellationTokenSource();
        var stop = new Observer(progress =>
        {
            if (progress.Remarks.Count > 0)
            {
                cancellation.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => new DensityTrainer(options).Fit(model, data, progress: stop, cancellationToken: cancellation.Token));
        // The clock of the second process stands still.
        var report = new DensityTrainer(options with { Clock = new CountingClock(fasterAfter: 0, faster: 0) }).Fit(model, data);
        Assert.AreEqual(report.RepeatableSteps, report.Steps);
        Assert.HasCount(1, report.Remarks);
        CollectionAssert.AreEqual(Toy.Weights(model), Fit(data, _long with { MaxSteps = report.Steps }).Weights);
    }

    [TestMethod]
    public void AReturnToAGoodStateKeepsTheEnd()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 100);
        var options = _long with { LearningRate = 30, MaxRecoveries = 1000 };
        var (weights, report) = Fit(data, options with { TimeLimit = Seconds(1), Clock = new CountingClock() });
        Assert.IsGreaterThan(1, report.Remarks.Count, "It was to diverge.");
        CollectionAssert.AreEqual(weights, Fit(data, options with { MaxSteps = report.RepeatableSteps }).Weights);
    }

    [TestMethod]
    [DataRow(0, 100_000)]
    [DataRow(0.5, 100_000)]
    [DataRow(0.5, 200)]
    public void ATrainingTowardsAnEnergyIsRepeatedByItsSteps(double annealing, int steps)
    {
        using var scope = NewDisposeScope();
        var options = _sampling with { Steps = steps, AnnealingFraction = annealing };
        var (weights, report, betas) = Fit(options with { TimeLimit = Seconds(0.9), Clock = new CountingClock() });
        Assert.AreEqual(StopReason.TimeLimit, report.StopReason);
        Assert.AreEqual(report.Steps, report.RepeatableSteps);
        Assert.Contains($"with MaxSteps = {report.Steps} it gives this one", report.Remarks.Single());
        Assert.AreEqual(1, betas[^1]);
        // Annealing is over well before the end, although most of the steps were never taken.
        Near.IsAtMost(0.8, betas.Count(beta => beta < 1) / (double)betas.Count);
        var (repeated, again, _) = Fit(options with { MaxSteps = report.RepeatableSteps });
        CollectionAssert.AreEqual(weights, repeated);
        Assert.AreEqual(report.FreeEnergy, again.FreeEnergy);
    }

    [TestMethod]
    public void WithALimitTheWarmUpEndsAfterAHundredSteps()
    {
        using var scope = NewDisposeScope();
        var data = Toy.Ring(1, 1000);
        var rates = Rates(Fit(data, _long with { MaxSteps = 600, BatchSize = 9 }).Report);
        Assert.AreEqual(0.02, rates[0], 0.0001);
        Assert.AreEqual(0.02, rates[3], 0.0001);
    }

    private static double[] Rates(TrainingReport report) => [.. report.History.Select(epoch => epoch.LearningRate)];

    private static (byte[] Weights, TrainingReport Report) Fit(Tensor data, DensityTrainerOptions options)
    {
        using var model = Toy.Model(data);
        var report = new DensityTrainer(options).Fit(model, data);
        return (Toy.Weights(model), report);
    }

    private static (byte[] Weights, TrainingReport Report, List<double> Betas) Fit(VariationalTrainerOptions options)
    {
        using var energy = new RingEnergy();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(RidgePotential.AtRest(Draw.Normal(3, 6, 2), Activation.Softplus, generator), new() { Horizon = 1, Depth = 2 });
        var betas = new List<double>();
        var report = new VariationalTrainer(options).Fit(flow, energy, new Observer(progress => betas.Add(progress.InverseTemperature)));
        return ([.. flow.Potential.parameters().SelectMany(parameter => parameter.detach().bytes.ToArray())], report, betas);
    }
}
