using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Annealing where the weights of the flow alone are of no use.</summary>
[TestClass]
public sealed class AnnealingTests
{
    [TestMethod]
    public void AnnealingFindsTwoFarModesFromOneGaussian()
    {
        using var scope = NewDisposeScope();
        // The flow is a standard normal; the target, of two narrow Gaussians, is 6.7 of its own widths away.
        using var energy = new GaussianMixtureEnergy(tensor(new double[,] { { 2, 0, 0, 0 }, { -2, 0, 0, 0 } }), 0.3);
        using var flow = new MongeAmpereFlow(new ConstantPotential(4), new() { Horizon = 1, Depth = 1 });
        using var generator = new Generator(1);
        var observables = new Dictionary<string, Func<Tensor, Tensor>> { ["x²"] = x => x.select(1, 0).square(), ["x"] = x => x.select(1, 0) };
        var plain = new ImportanceSampler(flow, energy).Run(new() { Samples = 3200 }, generator);
        Assert.IsFalse(plain.IsReliable);
        var annealed = new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 200 }, generator, observables);
        Assert.IsEmpty(annealed.Problems, string.Join("; ", annealed.Problems));
        Assert.AreEqual(energy.ExactLogPartition()!.Value, annealed.LogPartition.Value, 4 * annealed.LogPartition.StandardError);
        Near.IsBelow(0.1, annealed.LogPartition.StandardError);
        Assert.AreEqual(4.09, annealed.Observables["x²"].Value, 4 * annealed.Observables["x²"].StandardError);
        Assert.AreEqual(0, annealed.Observables["x"].Value, 4 * annealed.Observables["x"].StandardError);
        Assert.AreEqual(1, annealed.InverseTemperatures[^1]);
    }

    [TestMethod]
    public void PartitionFunctionIsUnbiasedWithFewParticlesAndResampling()
    {
        // N(0, 1) to N(1, 1) by few particles in large steps: single Z vary much, their mean must not.
        using var energy = new GaussianMixtureEnergy(full([1, 1], 1.0, dtype: float64), 1);
        using var flow = new MongeAmpereFlow(new ConstantPotential(1), new() { Horizon = 1, Depth = 1 });
        using var generator = new Generator(2);
        var estimate = new AnnealedImportanceSampler(flow, energy).Run(
            new() { Particles = 16, Repeats = 400, ResamplingFraction = 1, Moves = 1, StepEffectiveFraction = 0.5 }, generator);
        Assert.AreEqual(energy.ExactLogPartition()!.Value, estimate.LogPartition.Value, 3.5 * estimate.LogPartition.StandardError);
        Near.IsBelow(0.02, estimate.LogPartition.StandardError);
    }

    [TestMethod]
    public void ResamplingKeepsMeansAndMakesWeightsEqual()
    {
        using var scope = NewDisposeScope();
        using var energy = new GaussianMixtureEnergy(full([1, 1], 2.0, dtype: float64), 1);
        using var flow = new MongeAmpereFlow(new ConstantPotential(1), new() { Horizon = 1, Depth = 1 });
        using var generator = new Generator(3);
        var population = new AnnealedPopulation(new LatentTarget(flow, energy), new() { Particles = 2000 }, generator);
        double Mean() => FlowWeights.Numbers(population.Points.X.select(1, 0)).Zip(population.Weights, (x, weight) => x * weight).Sum();
        population.Cool(0.5);
        var weighted = Mean();
        // p^{1-β} e^{-βE} is N(2β, 1).
        Assert.AreEqual(1, weighted, 0.1);
        Near.IsBelow(0.5, population.EffectiveFraction);
        population.Resample();
        Assert.AreEqual(weighted, Mean(), 5e-3);
        Assert.AreEqual(1, population.EffectiveFraction, 1e-12);
        Assert.IsTrue(population.SurvivingLineages is > 0.2 and < 0.8);
    }

    [TestMethod]
    public void StepsKeepTheWantedShareOfEffectiveParticles()
    {
        // Half the particles at ln w = 0, half at -10: (½ + ½u)² / (½ + ½u²) for u = e^{-10 Δβ}.
        double[] weights = [0.5, 0.5], logWeights = [0, -10];
        var step = AnnealingStep.Next(0.2, weights, logWeights, 0.8) - 0.2;
        var u = Math.Exp(-10 * step);
        Assert.AreEqual(0.8, (1 + u) * (1 + u) / (2 * (1 + (u * u))), 1e-9);
        Assert.AreEqual(1, AnnealingStep.Next(0.2, weights, [3, 3], 0.8));
    }

    [TestMethod]
    public void SameSeedSameResult()
    {
        using var energy = new RingEnergy();
        using var flow = new MongeAmpereFlow(new ConstantPotential(2), new() { Horizon = 1, Depth = 1 });
        AnnealedEstimate Run()
        {
            using var generator = new Generator(5);
            return new AnnealedImportanceSampler(flow, energy).Run(new() { Particles = 32, Repeats = 4 }, generator);
        }

        CollectionAssert.AreEqual(Run().RepeatLogPartitions.ToArray(), Run().RepeatLogPartitions.ToArray());
    }
}
