using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The exact chains at the transition, on tori and open lattices.</summary>
[TestClass]
public sealed class IsingClusterTests
{
    [TestMethod]
    [DataRow(4, Boundary.Periodic)]
    [DataRow(3, Boundary.Open)]
    public void FieldsHaveTheDensityAndTheSpinsOfTheTarget(int size, Boundary boundary)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(Lattice.Square(size, boundary), IsingEnergy.CriticalTemperature);
        using var generator = new Generator(3);
        var all = new IsingObservables(energy);
        // E[x·∇E] = N for any density e^{-E}, by partial integration: it sees the field itself, not only its spins.
        var functions = new Dictionary<string, Func<Tensor, Tensor>>(all.Functions(generator)) { ["x·∇E"] = x => x.mul(energy.Gradient(x)).sum([1L]) };
        var estimate = new IsingClusterSampler(energy).Run(new() { TargetEffectiveSamples = 10_000 }, generator, functions);
        Assert.IsTrue(estimate.IsReliable, string.Join("; ", estimate.Problems));
        var exact = Spins.Means(energy);
        exact["x·∇E"] = energy.Dimension;
        foreach (var (name, value) in estimate.Observables)
        {
            Assert.AreEqual(exact[name], value.Value, 4 * value.StandardError, name);
            Near.IsBelow(0.03 * Math.Abs(exact[name]), value.StandardError, name);
        }
    }

    [TestMethod]
    public void EnergyAtSixteenIsTheDerivativeOfKaufmansPartitionFunction()
    {
        const double temperature = 2.3, shift = 1e-4;
        using var energy = new IsingEnergy(Lattice.Square(16), temperature);
        var observables = new IsingObservables(energy);
        using var generator = new Generator(4);
        var functions = new Dictionary<string, Func<Tensor, Tensor>> { ["e"] = observables.Functions(generator)["e"] };
        var estimate = new IsingClusterSampler(energy).Run(new() { Chains = 32, Steps = 200 }, generator, functions);
        double LogPartition(double inverse) => KaufmanTorus.LogPartition(16, 16, 1 / inverse) / 256;
        var exact = -(LogPartition((1 / temperature) + shift) - LogPartition((1 / temperature) - shift)) / (2 * shift);
        Assert.AreEqual(exact, estimate.Observables["e"].Value, 4 * estimate.Observables["e"].StandardError);
        Assert.IsTrue(estimate.IsReliable);
    }

    [TestMethod]
    public void MatricesOfCouplingsAreRefused()
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(ones([2, 2], dtype: float64).sub(eye(2, dtype: float64)), 2);
        Assert.ThrowsExactly<ArgumentException>(() => new IsingClusterSampler(energy));
        Assert.ThrowsExactly<ArgumentException>(() => new IsingObservables(energy));
    }
}
