using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>All three estimators on flows that are not their targets, against exact values.</summary>
[TestClass]
public sealed class EstimationTests
{
    private const double Temperature = 8;

    [TestMethod]
    public void ImportanceWeightsGiveTheExactPartitionFunctionWhereTheirTailIsLight()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        using var generator = new Generator(1);
        var estimate = new ImportanceSampler(flow, energy).Run(20_000, generator, Observables(energy));
        Assert.IsTrue(estimate.IsReliable);
        Assert.AreEqual(energy.ExactLogPartition!.Value, estimate.LogPartition.Value, 3.5 * estimate.LogPartition.StandardError);
        Assert.IsLessThan(0.02, estimate.LogPartition.StandardError);
        AgreesWithEnumeration(energy, estimate.Observables["m²"]);
    }

    [TestMethod]
    public void MetropolisGivesTheExactMagnetization()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        using var generator = new Generator(2);
        var estimate = new IndependenceSampler(flow, energy).Run(64, 50, 400, generator, Observables(energy));
        Assert.IsGreaterThan(0.2, estimate.Acceptance);
        Assert.IsGreaterThan(1.0, estimate.AutocorrelationTime);
        AgreesWithEnumeration(energy, estimate.Observables["m²"]);
    }

    [TestMethod]
    public void LatentHamiltonianChainsGiveTheExactMagnetization()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        using var generator = new Generator(3);
        var estimate = new LatentHamiltonianSampler(flow, energy).Run(64, 60, 200, generator, Observables(energy));
        Assert.IsGreaterThan(0.5, estimate.Acceptance);
        AgreesWithEnumeration(energy, estimate.Observables["m²"]);
    }

    [TestMethod]
    public void ParetoShapeIsThatOfTheDistribution()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        foreach (var shape in new[] { 0.3, 0.8, 1.5 })
        {
            // Weights u^-k have a Pareto tail of shape k.
            var logs = rand(20_000, dtype: float64, generator: generator).log().mul(-shape).data<double>().ToArray();
            // Three standard errors (1 + k) / √tail of a tail of 425 weights.
            Assert.AreEqual(shape, ParetoTail.Shape(logs), 3 * (1 + shape) / Math.Sqrt(425));
        }

        Assert.AreEqual(double.NegativeInfinity, ParetoTail.Shape(new double[100]));
        Assert.ThrowsExactly<ArgumentException>(() => ParetoTail.Shape([1, 2]));
    }

    [TestMethod]
    public void AutocorrelationTimeOfAnAutoregressiveProcess()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        const double memory = 0.8;
        var noise = randn([5000, 8], dtype: float64, generator: generator).data<double>().ToArray();
        var values = new List<double[]> { new double[8] };
        for (var step = 1; step < 5000; step++)
        {
            values.Add([.. values[^1].Select((value, chain) => (memory * value) + noise[(step * 8) + chain])]);
        }

        Assert.AreEqual((1 + memory) / (1 - memory), Autocorrelation.Time(values), 1);
        Assert.AreEqual(1, Autocorrelation.Time([[1.0], [1.0], [1.0], [1.0]]));
    }

    [TestMethod]
    public void SamplingLeavesNothingBehind()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), Temperature);
        using var flow = GaussianFlow(energy);
        using var generator = new Generator(6);
        void Sample()
        {
            new ImportanceSampler(flow, energy).Run(100, generator, Observables(energy));
            new IndependenceSampler(flow, energy).Run(4, 2, 5, generator, Observables(energy));
            new LatentHamiltonianSampler(flow, energy).Run(4, 2, 5, generator, Observables(energy));
        }

        Sample();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Sample();
        Assert.AreEqual(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void AgreesWithEnumeration(IsingEnergy energy, Estimate estimate)
    {
        var exact = new IsingEnumeration(energy.Lattice!).MagnetizationSquared(Temperature);
        Assert.AreEqual(exact, estimate.Value, 3.5 * estimate.StandardError);
        Assert.IsLessThan(0.05 * exact, estimate.StandardError);
    }

    private static Dictionary<string, Func<Tensor, Tensor>> Observables(IsingEnergy energy) => new() { ["m²"] = energy.MagnetizationSquared };

    /// <summary>At rest and with a Gaussian map between the coupling's and the mean-field one: not the target, but near it at high temperature.</summary>
    private static MongeAmpereFlow GaussianFlow(IsingEnergy energy)
    {
        using var generator = new Generator(1);
        var map = new CirculantGaussianMap(energy.Lattice!, [.. energy.Spectrum.Select(value => 1 / Math.Sqrt((1 / value) - 0.5))], ScalarType.Float64);
        return new(LatticeRidgePotential.AtRest(energy.Lattice!, 1, generator, dtype: ScalarType.Float64), new() { Horizon = 1, Depth = 1 }, map);
    }
}
