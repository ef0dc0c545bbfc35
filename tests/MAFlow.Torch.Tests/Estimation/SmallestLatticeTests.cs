using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One spin, two, a short chain, and cold ones: every number against a direct sum.</summary>
[TestClass]
public sealed class SmallestLatticeTests
{
    private static IEnumerable<object[]> Lattices =>
        from lattice in new (Boundary Boundary, int[] Extents)[]
        {
            (Boundary.Open, [1]), (Boundary.Open, [2]), (Boundary.Open, [1, 3]), (Boundary.Periodic, [2]), (Boundary.Periodic, [3]), (Boundary.Periodic, [2, 2]),
        }
        from temperature in new[] { 1e-6, 0.005, 0.5, 2.0, 1e6 }
        select new object[] { lattice.Boundary, lattice.Extents, temperature };

    [TestMethod]
    [DynamicData(nameof(Lattices))]
    public void TheExactPartitionFunctionIsTheDirectSum(Boundary boundary, int[] extents, double temperature)
    {
        var lattice = new Lattice(boundary, extents);
        using var energy = new IsingEnergy(lattice, temperature);
        var bonds = lattice.Bonds().ToList();
        double BondSum(int state) => bonds.Sum(bond => Spin(state, bond.First) * Spin(state, bond.Second));
        var exponents = Enumerable.Range(0, 1 << lattice.Sites).Select(state => BondSum(state) / temperature).ToList();
        var largest = exponents.Max();
        var expected = energy.FromSpins(largest + Math.Log(exponents.Sum(exponent => Math.Exp(exponent - largest))));
        var actual = energy.ExactLogPartition();
        Assert.IsNotNull(actual);
        Near.IsAtMost(1e-11 * Math.Max(1, Math.Abs(expected)), Math.Abs(expected - actual.Value));
    }

    [TestMethod]
    [DynamicData(nameof(Lattices))]
    public void ClusterChainsAndObservablesWorkOnIt(Boundary boundary, int[] extents, double temperature)
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(boundary, extents);
        using var energy = new IsingEnergy(lattice, temperature);
        using var generator = new Generator(2);
        var sampler = new IsingClusterSampler(energy);
        var fields = sampler.Sample(50, new() { Chains = 10, Warmup = 5, Spacing = 2 }, generator);
        CollectionAssert.AreEqual(new long[] { 50, lattice.Sites }, fields.shape);
        Assert.IsTrue(fields.isfinite().all().item<bool>());
        var observables = new IsingObservables(energy);
        var estimate = sampler.Run(new() { Chains = 64, Steps = 200, Warmup = 20 }, generator, observables.Functions(generator));
        var exact = MagnetizationSquared(lattice, temperature);
        var found = estimate.Observables["m²"];
        Assert.IsTrue(Math.Abs(found.Value - exact) <= (6 * found.StandardError) + 1e-3, $"{found}, exact {exact}");
    }

    private static double MagnetizationSquared(Lattice lattice, double temperature)
    {
        var bonds = lattice.Bonds().ToList();
        var (weights, squares) = (0.0, 0.0);
        for (var state = 0; state < 1 << lattice.Sites; state++)
        {
            var weight = Math.Exp((bonds.Sum(bond => Spin(state, bond.First) * Spin(state, bond.Second)) - bonds.Count) / temperature);
            var mean = Enumerable.Range(0, lattice.Sites).Average(site => Spin(state, site));
            (weights, squares) = (weights + weight, squares + (weight * mean * mean));
        }

        return squares / weights;
    }

    private static double Spin(int state, int site) => (state >> site & 1) == 1 ? 1 : -1;
}
