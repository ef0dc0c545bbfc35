using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>ln Z from both sides, where the flow's own weights fail.</summary>
[TestClass]
public sealed class BridgeTests
{
    [TestMethod]
    public void BridgeGivesTheExactPartitionFunctionAtTheTransition()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(4), IsingEnergy.CriticalTemperature);
        using var generator = new Generator(1);
        // Half the spread of a field in the ordered phase, so that most of the target is where the flow has little mass.
        var map = new CirculantGaussianMap(energy.Lattice!, [.. energy.Spectrum.Select((value, wave) => (wave == 0 ? 2 : 1) * Math.Sqrt(value))], ScalarType.Float64);
        using var flow = new MongeAmpereFlow(LatticeRidgePotential.AtRest(energy.Lattice!, 1, generator, dtype: ScalarType.Float64), new() { Horizon = 1, Depth = 1 }, map);
        var estimate = new BridgeSampler(flow, energy).Run(new IsingClusterSampler(energy).Sample(6000, new() { Warmup = 100, Spacing = 20 }, generator), generator);
        Assert.IsTrue(estimate.IsReliable);
        Assert.AreEqual(energy.ExactLogPartition()!.Value, estimate.LogPartition.Value, 3.5 * estimate.LogPartition.StandardError);
        Near.IsBelow(0.1, estimate.LogPartition.StandardError);
        Assert.IsTrue(estimate.Overlap is > 0.01 and < 0.9, $"Overlap {estimate.Overlap}");
    }

    [TestMethod]
    public void EqualDensitiesOverlapCompletely()
    {
        var estimate = BridgeEstimate.Of([3, 3, 3], [3, 3]);
        Assert.AreEqual(3, estimate.LogPartition.Value, 1e-9);
        Assert.AreEqual(0, estimate.LogPartition.StandardError, 1e-6);
        Assert.AreEqual(1, estimate.Overlap, 1e-9);
        Assert.IsFalse(BridgeEstimate.Of([.. Enumerable.Repeat(0.0, 100)], [.. Enumerable.Repeat(20.0, 100)]).IsReliable);
    }

    [TestMethod]
    public void ErrorBarIsTheSpreadOfRepetitions()
    {
        // q = N(0, 1), p ∝ e^{-(x-1)²/2}: ln w = x - ½ + ln √2π.
        using var scope = NewDisposeScope();
        const int repetitions = 300, samples = 200;
        var numbers = Draw.Normal(2, repetitions, 2, samples).data<double>().ToArray();
        var estimates = Enumerable.Range(0, repetitions).Select(i => BridgeEstimate.Of(
            [.. numbers.AsSpan(2 * i * samples, samples).ToArray().Select(x => x - 0.5)],
            [.. numbers.AsSpan(((2 * i) + 1) * samples, samples).ToArray().Select(x => x + 0.5)]).LogPartition).ToArray();
        var spread = Math.Sqrt(estimates.Average(estimate => estimate.Value * estimate.Value));
        Assert.AreEqual(spread, estimates.Average(estimate => estimate.StandardError), 0.15 * spread);
    }

    [TestMethod]
    public void BridgingLeavesNothingBehind()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 8);
        using var flow = EstimationTests.GaussianFlow(energy);
        Leaks.AssertNone(() =>
        {
            using var generator = new Generator(1);
            var samples = new IsingClusterSampler(energy).Sample(70, new() { Warmup = 2, Spacing = 1 }, generator);
            new BridgeSampler(flow, energy).Run(samples, generator);
            return [samples];
        });
    }
}
