using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Every sampler tells in one record where it stands, and judges itself in one place.</summary>
[TestClass]
public sealed class EstimationProgressTests
{
    [TestMethod]
    public void SamplersSayHowFarTheyAre()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 8);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(1);
        var (warmup, steps) = (3, 17);
        var latent = new LatentChainOptions { Chains = 4, Warmup = warmup, Steps = steps, TargetEffectiveSamples = double.PositiveInfinity };
        var chains = Told(told => new LatentChainSampler(flow, energy).Run(latent, generator, null, told));
        CollectionAssert.AreEqual(Enumerable.Range(1, warmup + steps).Select(step => (long)step).ToArray(), chains.Select(value => value.Done).ToArray());
        Assert.IsTrue(chains.All(value => value.Of == warmup + steps && (value.Done > warmup) != value.Message.StartsWith("warm-up", StringComparison.Ordinal)));
        Assert.AreEqual("warm-up, step 1", chains[0].Message);
        // The first check comes after 16 steps.
        Assert.MatchesRegex(@"^step 20, R-hat \d\.\d{3}, \d+ effective samples$", chains[^1].Message);

        var weights = Told(told => new ImportanceSampler(flow, energy).Run(new() { Samples = 200 }, generator, null, told));
        Assert.MatchesRegex(@"^64 samples, ln Z = \S+ ± \S+$", weights[0].Message);
        Assert.IsTrue(weights.All(value => value.Of == 200));

        var annealing = Told(told => new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 16, Repeats = 4 }, generator, null, told));
        Assert.MatchesRegex(@"^pilot, beta 0\.\d{3}$", annealing[0].Message);
        Assert.AreEqual("repeat 3, beta 1.000", annealing[^1].Message);
        Assert.AreEqual((3, 4), (annealing[^1].Done, annealing[^1].Of));
    }

    [TestMethod]
    public void PointsAreDrawnInAsManyStepsAsAreTold()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 8);
        using var flow = EstimationTests.GaussianFlow(energy);
        using var generator = new Generator(2);
        var options = new LatentChainOptions { Chains = 4, Warmup = 2, Spacing = 3 };
        foreach (var (count, latent, clusters) in new[] { (1, 3, 5), (4, 3, 5), (5, 6, 8), (9, 9, 11) })
        {
            var own = Told(told => new LatentChainSampler(flow, energy).Sample(count, options, generator, told).Dispose());
            Assert.AreEqual((latent, latent), (own[^1].Done, own[^1].Of));
            var exact = Told(told => new IsingClusterSampler(energy).Sample(count, options, generator, told).Dispose());
            Assert.AreEqual((clusters, clusters), (exact[^1].Done, exact[^1].Of));
        }
    }

    [TestMethod]
    public void ProblemsAreTheNumbersOutsideTheirLimits()
    {
        Assert.IsEmpty(new Reliability().Require(true, $"never").Problems);
        var unknown = double.NaN;
        var problems = new Reliability().Require(unknown <= 1, $"{1.5:F1} of {2}").Require(false, $"b").Problems;
        CollectionAssert.AreEqual(new[] { "1.5 of 2", "b" }, problems.ToArray());
    }

    [TestMethod]
    public void TransitionsRefuseStepsOutOfRangeWhenTheyAreMade()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LatentTransition.Hamiltonian(2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LatentTransition.Hamiltonian(0.3, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => LatentTransition.CrankNicolson(1.1));
    }

    private static List<EstimationProgress> Told(Action<IProgress<EstimationProgress>> run)
    {
        var told = new List<EstimationProgress>();
        run(new Listener(told));
        return told;
    }

    private sealed class Listener(List<EstimationProgress> told) : IProgress<EstimationProgress>
    {
        public void Report(EstimationProgress value) => told.Add(value);
    }
}
