using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Kaufman's formula, enumeration and Onsager's limit against each other and against reference values.</summary>
[TestClass]
public sealed class IsingExactTests
{
    [TestMethod]
    [DataRow(4, -2.336045730622)]
    [DataRow(8, -2.322734629390)]
    [DataRow(16, -2.315920858819)]
    [DataRow(32, -2.314049893677)]
    [DataRow(64, -2.313581136064)]
    public void CriticalFreeEnergyPerSite(int size, double expected)
    {
        using var energy = new IsingEnergy(Lattice.Square(size), IsingEnergy.CriticalTemperature);
        Assert.AreEqual(expected, -energy.ExactLogPartition()!.Value / (size * size), 1e-9);
    }

    [TestMethod]
    [DataRow(2, 2)]
    [DataRow(3, 3)]
    [DataRow(4, 4)]
    [DataRow(2, 3)]
    [DataRow(3, 2)]
    [DataRow(5, 4)]
    [DataRow(3, 5)]
    public void KaufmanEqualsEnumerationBelowAtAndAboveTheTransition(int rows, int columns)
    {
        var enumeration = new IsingEnumeration(new Lattice(Boundary.Periodic, rows, columns));
        foreach (var temperature in new[] { 0.3, 1.0, 2.0, 2.26, IsingEnergy.CriticalTemperature, 2.28, 3.0, 10.0, 200.0, 1e6 })
        {
            Assert.AreEqual(enumeration.LogPartition(temperature), KaufmanTorus.LogPartition(rows, columns, temperature), 1e-10 * Math.Max(1, rows * columns / temperature));
        }
    }

    [TestMethod]
    [DataRow(1.0)]
    [DataRow(2.0)]
    [DataRow(2.6)]
    [DataRow(5.0)]
    public void LargeToriApproachOnsagersLimit(double temperature) =>
        Assert.AreEqual(OnsagerLimit.LogPartitionPerSite(temperature), KaufmanTorus.LogPartition(201, 200, temperature) / (201 * 200), temperature < 2.3 ? 2e-5 : 1e-10);

    [TestMethod]
    public void OnsagersLimitAtCriticality()
    {
        // ln √2 + 2G/π with Catalan's constant G.
        Assert.AreEqual((0.5 * Math.Log(2)) + (2 * 0.915965594177219015 / Math.PI), OnsagerLimit.LogPartitionPerSite(IsingEnergy.CriticalTemperature), 1e-12);
    }

    [TestMethod]
    public void MagnetizationAtCriticality() =>
        Assert.AreEqual(0.7613589, new IsingEnumeration(Lattice.Square(4)).MagnetizationSquared(IsingEnergy.CriticalTemperature), 1e-7);

    [TestMethod]
    public void OpenChainHasItsClosedForm()
    {
        var chain = new IsingEnumeration(new Lattice(Boundary.Open, 10));
        Assert.AreEqual((10 * Math.Log(2)) + (9 * Math.Log(Math.Cosh(1 / 1.7))), chain.LogPartition(1.7), 1e-12);
    }

    [TestMethod]
    [DataRow(Boundary.Periodic)]
    [DataRow(Boundary.Open)]
    public void FieldOfTwoSpinsIntegratesToItsPartitionFunction(Boundary boundary)
    {
        using var scope = NewDisposeScope();
        using var energy = new IsingEnergy(new Lattice(boundary, 2), 1.5, smallestEigenvalue: 0.5);
        const int points = 1601;
        var axis = linspace(-20.0, 20.0, points, dtype: float64);
        var grid = cartesian_prod(axis, axis);
        var weights = energy.Value(grid).neg();
        Assert.AreEqual(energy.ExactLogPartition()!.Value, weights.logsumexp(0).item<double>() + (2 * Math.Log(40.0 / (points - 1))), 1e-9);
        var squared = energy.MagnetizationSquared(grid).mul(weights.softmax(0)).sum().item<double>();
        Assert.AreEqual(new IsingEnumeration(energy.Lattice!).MagnetizationSquared(1.5), squared, 1e-9);
    }

    [TestMethod]
    public void EstimatorsWithSpinsSummedOutAgreeWithDrawnSpins()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        using var energy = new IsingEnergy(Lattice.Square(4), 2.5);
        var x = randn([1, 16], dtype: float64, generator: generator);
        var spins = energy.SampleSpins(x.expand(200_000, 16), generator);
        Assert.AreEqual(spins.mean([1L]).square().mean().item<double>(), energy.MagnetizationSquared(x).item<double>(), 2e-3);
        var factors = energy.StructureFactor(x);
        Assert.AreEqual(energy.MagnetizationSquared(x).item<double>() * 16, factors[0, 0].item<double>(), 1e-12);
        // Parseval: the mean over wave vectors is the mean squared spin.
        Assert.AreEqual(1, factors.mean().item<double>(), 1e-12);
    }

    /// <summary>Differences of ln Z against sums over all states.</summary>
    [TestMethod]
    [DataRow(Boundary.Periodic, 1.3)]
    [DataRow(Boundary.Periodic, 2.27)]
    [DataRow(Boundary.Open, 2.27)]
    [DataRow(Boundary.Periodic, 40)]
    public void ThermodynamicsAreMomentsOfTheEnergy(Boundary boundary, double temperature)
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(boundary, 3, 4);
        using var energy = new IsingEnergy(lattice, temperature);
        var coupling = lattice.Adjacency();
        var spins = arange(1 << 12).unsqueeze(1).div(pow(2, arange(12)).unsqueeze(0), RoundingMode.floor).remainder(2).mul(2).sub(1).to(float64);
        var energies = spins.mm(coupling).mul(spins).sum([1L]).mul(-0.5);
        var weights = energies.div(-temperature).softmax(0);
        var mean = weights.dot(energies).item<double>();
        var square = weights.dot(energies.pow(2)).item<double>();
        var exact = energy.ExactThermodynamics()!;
        Assert.AreEqual(-temperature * energies.div(-temperature).logsumexp(0).item<double>() / 12, exact.FreeEnergy, 1e-9);
        Assert.AreEqual(mean / 12, exact.Energy, 1e-8);
        Assert.AreEqual((square - (mean * mean)) / (12 * temperature * temperature), exact.SpecificHeat, 1e-7);
        Assert.AreEqual(-temperature * energy.SpinLogPartition(energy.ExactLogPartition()!.Value) / 12, exact.FreeEnergy, 1e-12);
        using var matrix = new IsingEnergy(coupling.div(temperature), energy.Shift);
        Assert.AreEqual(exact.SpecificHeat, matrix.ExactThermodynamics()!.SpecificHeat * 1, 1e-6);
    }
}
