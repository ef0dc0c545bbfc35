using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>φ⁴ in its two parametrisations, and the Gaussian field that it begins with.</summary>
[TestClass]
public sealed class Phi4EnergyTests
{
    [TestMethod]
    [DataRow(Boundary.Periodic, 4, 3)]
    [DataRow(Boundary.Periodic, 2, 2)]
    [DataRow(Boundary.Open, 3, 2)]
    public void TheActionOfAMassIsSquaresOfDifferences(Boundary boundary, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(boundary, rows, columns);
        using var energy = Phi4Energy.FromMass(lattice, -1.5, 0.7);
        var x = Draw.Normal(1, 3, lattice.Sites);
        var expected = x.pow(2).mul(-1.5).add(x.pow(4).mul(0.7)).sum([1L]);
        foreach (var (first, second) in lattice.Bonds())
        {
            expected = expected.add(x.select(1, first).sub(x.select(1, second)).pow(2));
        }

        Near.Assert(expected, energy.Value(x), 1e-12);
    }

    [TestMethod]
    [DataRow(Boundary.Periodic)]
    [DataRow(Boundary.Open)]
    public void WithoutCouplingItIsGaussian(Boundary boundary)
    {
        using var scope = NewDisposeScope();
        using var energy = Phi4Energy.FromMass(new Lattice(boundary, 3, 2), 0.4, 0, 2);
        // The gradient is linear, and its values at unit vectors are the rows of its matrix.
        var precision = energy.Gradient(eye(12, dtype: float64));
        var expected = (6 * Math.Log(2 * Math.PI)) - (0.5 * linalg.slogdet(precision).Item2.item<double>());
        Assert.AreEqual(expected, energy.ExactLogPartition()!.Value, 1e-10);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Phi4Energy.FromMass(new Lattice(boundary, 3, 2), -9, 0));
    }

    /// <summary>Among Gaussian fields none has a smaller free energy.</summary>
    [TestMethod]
    [DataRow(-4, 4.572)]
    [DataRow(-8, 0.5)]
    [DataRow(1, 2)]
    public void TheGaussianStartIsTheBestOne(double massSquared, double lambda)
    {
        var lattice = Lattice.Square(4);
        using var energy = Phi4Energy.FromMass(lattice, massSquared, lambda, 2);
        var best = energy.Variances!;
        var least = FreeEnergy(best);
        for (var wave = 0; wave < lattice.Sites; wave++)
        {
            foreach (var factor in new[] { 0.9, 1.1 })
            {
                Near.IsBelow(FreeEnergy([.. best.Select((variance, other) => other == wave ? factor * variance : variance)]), least);
            }
        }

        // E of a Gaussian field by Wick's theorem, less its entropy, per component.
        double FreeEnergy(IReadOnlyList<double> variances)
        {
            var (sites, mean) = (lattice.Sites, variances.Average());
            var quadratic = lattice.AdjacencyEigenvalues().Zip(variances, (adjacency, variance) => (massSquared + 4 - adjacency) * variance).Sum();
            // ⟨|φ|⁴⟩ = n(n + 2)σ⁴.
            return quadratic + (sites * lambda * 4 * mean * mean) - (0.5 * variances.Sum(Math.Log));
        }
    }
}
