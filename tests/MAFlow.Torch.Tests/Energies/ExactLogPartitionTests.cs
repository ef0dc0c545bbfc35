using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>ln Z at every temperature that an Ising energy may have, and for couplings that are no lattice.</summary>
[TestClass]
public sealed class ExactLogPartitionTests
{
    [TestMethod]
    [DataRow(3, 3)]
    [DataRow(4, 4)]
    [DataRow(2, 5)]
    public void KaufmanEqualsEnumerationDownToTheSmallestTemperature(int rows, int columns)
    {
        var enumeration = new IsingEnumeration(new Lattice(Boundary.Periodic, rows, columns));
        foreach (var temperature in new[] { 0.3, 0.2, 0.11, 0.05, 0.049, 0.01, 2e-3, 1e-4, 1e-6 })
        {
            var expected = enumeration.LogPartition(temperature);
            Assert.AreEqual(expected, KaufmanTorus.LogPartition(rows, columns, temperature), (1e-14 * expected) + 1e-12, $"T = {temperature}");
        }
    }

    [TestMethod]
    [DataRow(4, 0.35)]
    [DataRow(8, 0.4)]
    [DataRow(64, 0.3)]
    [DataRow(64, 0.05)]
    [DataRow(64, 1e-3)]
    [DataRow(64, 1e-6)]
    public void ColdTorusHasItsExpansion(int size, double temperature)
    {
        // Two ground states of 2N bonds; one flipped spin costs 8/T, a flipped pair of neighbours 12/T.
        var sites = size * size;
        var excited = (sites * Math.Exp(-8 / temperature)) + (2 * sites * Math.Exp(-12 / temperature));
        var expansion = (2 * sites / temperature) + Math.Log(2) + Math.Log(1 + excited);
        var next = (double)sites * sites * Math.Exp(-16 / temperature);
        Assert.AreEqual(expansion, KaufmanTorus.LogPartition(size, size, temperature), next + (4e-15 * expansion));
        Assert.AreEqual(2 / temperature, OnsagerLimit.LogPartitionPerSite(temperature), (1.1 * Math.Exp(-8 / temperature)) + (4e-15 / temperature));
    }

    [TestMethod]
    [DataRow(Boundary.Periodic)]
    [DataRow(Boundary.Open)]
    public void EveryTemperatureOfTheConstructorHasAPartitionFunction(Boundary boundary)
    {
        foreach (var temperature in new[] { 1e-6, 1e-3, 0.3, 1e6 })
        {
            using var energy = new IsingEnergy(Lattice.Square(3, boundary), temperature);
            Assert.IsTrue(double.IsFinite(energy.ExactLogPartition()!.Value), $"T = {temperature}");
        }
    }

    [TestMethod]
    [DataRow(Boundary.Periodic)]
    [DataRow(Boundary.Open)]
    public void FewSpinsOfAnyCouplingAreEnumerated(Boundary boundary)
    {
        using var scope = NewDisposeScope();
        var lattice = Lattice.Square(3, boundary);
        using var expected = new IsingEnergy(lattice, 2.5);
        using var energy = new IsingEnergy(lattice.Adjacency().div(2.5), expected.Shift);
        Assert.AreEqual(expected.ExactLogPartition()!.Value, energy.ExactLogPartition()!.Value, 1e-10);
        // Two spins that repel each other, and are cold: ln (2 e^K + 2 e^-K).
        using var pair = new IsingEnergy(tensor(new double[,] { { 0, -900 }, { -900, 0 } }), 901);
        Assert.AreEqual(pair.FromSpins(900 + Math.Log(2)), pair.ExactLogPartition()!.Value, 1e-9);
        using var many = new IsingEnergy(zeros([25, 25], dtype: float64), 1);
        Assert.IsNull(many.ExactLogPartition());
    }

    [TestMethod]
    public void CouplingsOfASpinToItselfAreRefused()
    {
        using var scope = NewDisposeScope();
        var coupling = tensor(new double[,] { { 0.1, 0.4 }, { 0.4, 0 } });
        Assert.Contains("zero diagonal", Assert.ThrowsExactly<ArgumentException>(() => new IsingEnergy(coupling, 1)).Message);
    }
}
