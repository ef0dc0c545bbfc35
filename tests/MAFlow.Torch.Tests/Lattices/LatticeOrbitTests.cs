using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The tables by which lattice parameters are shared, against the groups they come from.</summary>
[TestClass]
public sealed class LatticeOrbitTests
{
    [TestMethod]
    public void WavesOfOneOrbitHaveOneEigenvalue()
    {
        foreach (var lattice in (Lattice[])[Lattice.Square(4), new(Boundary.Periodic, 2, 3), new(Boundary.Periodic, 3, 4, 3)])
        {
            var (orbits, eigenvalues) = (LatticeOrbits.OfWaves(lattice), lattice.AdjacencyEigenvalues());
            Assert.AreEqual(0, orbits[0]);
            CollectionAssert.AreEqual(Enumerable.Range(0, (int)orbits.Max() + 1).ToArray(), orbits.Distinct().Order().Select(orbit => (int)orbit).ToArray());
            for (var site = 0; site < lattice.Sites; site++)
            {
                var representative = Array.IndexOf(orbits, orbits[site]);
                Assert.AreEqual(eigenvalues[representative], eigenvalues[site], 1e-12);
            }
        }

        // L = 4: waves 0, 1, 2 on each axis up to their order.
        Assert.AreEqual(6, LatticeOrbits.OfWaves(Lattice.Square(4)).Distinct().Count());
    }

    [TestMethod]
    public void TablesMoveFields()
    {
        using var scope = NewDisposeScope();
        var lattice = new Lattice(Boundary.Periodic, 3, 4);
        var field = Draw.Normal(1, 1, lattice.Sites);
        var moved = field.index_select(1, LatticeOrbits.Translations(lattice).flatten()).view(lattice.Sites, lattice.Sites);
        for (var site = 0; site < lattice.Sites; site++)
        {
            Assert.AreEqual(field[0, 0].item<double>(), moved[site, site].item<double>(), $"Row {site} has site 0 of the field at site {site}.");
        }

        var images = field.index_select(1, LatticeOrbits.PointGroupImages(lattice).flatten()).view(-1, lattice.Sites);
        Assert.AreEqual(4, images.shape[0]);
        // Two reflections and their product: every image has the same neighbours' products.
        var bonds = lattice.Bonds().ToList();
        double Products(Tensor row) => bonds.Sum(bond => row[bond.First].item<double>() * row[bond.Second].item<double>());
        foreach (var image in images.unbind(0).Concat(moved.unbind(0)))
        {
            Assert.AreEqual(Products(field[0]), Products(image), 1e-12);
        }
    }
}
