using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Points drawn from latent chains, and flows that are on another space than their target.</summary>
[TestClass]
public sealed class LatentChainPointsTests
{
    private const double Temperature = 8;

    [TestMethod]
    public void PointsOfTheChainsAreOfTheTarget()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(1);
        var steps = new List<int>();
        var points = new LatentChainSampler(flow, energy).Sample(6000, new() { Chains = 100, Warmup = 30, Spacing = 2 }, generator, new Steps(steps));
        CollectionAssert.AreEqual(new long[] { 6000, 9 }, points.shape);
        CollectionAssert.AreEqual(Enumerable.Range(1, 30 + 119).ToArray(), steps);
        var exact = Spins.Means(energy)[IsingObservables.MagnetizationSquared];
        var found = Estimate.OfIndependent(energy.MagnetizationSquared(points).data<double>().ToArray());
        Assert.AreEqual(exact, found.Value, 5 * found.StandardError);

        using var again = new Generator(1);
        var same = new LatentChainSampler(flow, energy).Sample(6000, new() { Chains = 100, Warmup = 30, Spacing = 2 }, again);
        Assert.IsTrue(points.equal(same).all().item<bool>());
        Assert.AreEqual(7, new LatentChainSampler(flow, energy).Sample(7, new() { Chains = 4, Warmup = 1, Spacing = 1 }, again).shape[0]);
    }

    [TestMethod]
    public void DrawingPointsLeavesNothingBehindAndStopsWhenAsked()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(2);
        var sampler = new LatentChainSampler(flow, energy);
        Leaks.AssertNone(() => [sampler.Sample(20, new() { Chains = 4, Warmup = 2, Spacing = 1 }, generator)]);
        Assert.ThrowsExactly<OperationCanceledException>(() => sampler.Sample(20, new(), generator, cancellationToken: new CancellationToken(canceled: true)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => sampler.Sample(0, new(), generator));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => sampler.Sample(1, new() { Warmup = 0 }, generator));
    }

    [TestMethod]
    public void ChainsOfFreshSamplesAloneDrawPointsToo()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(4);
        var sampler = new LatentChainSampler(flow, energy);
        foreach (var local in new[] { null, flow })
        {
            var options = new LatentChainOptions { Transition = local is null ? null : LatentTransition.CrankNicolson(), LocalFlow = local, Chains = 100 };
            var points = sampler.Sample(3000, options with { Warmup = 30, Spacing = 3 }, generator);
            var found = Estimate.OfIndependent(energy.MagnetizationSquared(points).data<double>().ToArray());
            Assert.AreEqual(Spins.Means(energy)["m²"], found.Value, 5 * found.StandardError);
        }
    }

    [TestMethod]
    public void ChainsThatNothingWouldMoveAreRefused()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(5);
        var sampler = new LatentChainSampler(flow, energy);
        foreach (var options in new LatentChainOptions[] { new() { Transition = null, ProposesFreshSamples = false }, new() { Transition = null, LocalFlow = flow } })
        {
            Assert.ThrowsExactly<ArgumentException>(() => sampler.Run(options, generator));
            Assert.ThrowsExactly<ArgumentException>(() => sampler.Sample(4, options, generator));
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => sampler.Run(new() { LocalMoves = 0 }, generator));
        var missing = new Dictionary<string, Func<Tensor, Tensor>> { ["x"] = null! };
        Assert.ThrowsExactly<ArgumentNullException>(() => sampler.Run(new(), generator, missing));
    }

    [TestMethod]
    public void AFlowOnAnotherSpaceIsRefusedByEveryEstimator()
    {
        using var scope = NewDisposeScope();
        using var small = new IsingEnergy(Lattice.Square(3), Temperature);
        using var large = new IsingEnergy(Lattice.Square(4), Temperature);
        using var flow = EstimationTests.GaussianFlow(small);
        using var generator = new Generator(3);
        Action[] estimators =
        [
            () => new ImportanceSampler(flow, large).Run(new(), generator),
            () => new LatentChainSampler(flow, large).Run(new() { Transition = null }, generator),
            () => new LatentChainSampler(flow, large).Run(new(), generator),
            () => new LatentChainSampler(flow, large).Sample(4, new(), generator),
            () => new AnnealedImportanceSampler(flow, large).Run(new(), generator),
            () => new BridgeSampler(flow, large).Run(zeros(16, 16, dtype: float64), generator),
        ];
        foreach (var estimator in estimators)
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(estimator).Message, "16 coordinates");
        }
    }

    private sealed class Steps(List<int> steps) : IProgress<EstimationProgress>
    {
        public void Report(EstimationProgress value) => steps.Add((int)value.Done);
    }
}
