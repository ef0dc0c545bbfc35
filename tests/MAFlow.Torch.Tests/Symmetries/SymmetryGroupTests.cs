using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class SymmetryGroupTests
{
    [TestMethod]
    public void GroupsHaveTheirOrders()
    {
        var lattice = Lattice.Square(4);
        Assert.HasCount(16, LatticeSymmetries.Translations(lattice).Elements());
        Assert.HasCount(8, LatticeSymmetries.PointGroup(lattice).Elements());
        Assert.HasCount(8 * 16, lattice.SpaceGroup().Elements());
        Assert.HasCount(2 * 8 * 16, SymmetryGroup.SignFlip(16).And(lattice.SpaceGroup()).Elements());
        Assert.HasCount(8, Lattice.Square(3, Boundary.Open).SpaceGroup().Elements());
        Assert.HasCount(24, SymmetryGroup.Permutations(4).Elements());
        Assert.HasCount(12, new Lattice(Boundary.Periodic, 2, 3).SpaceGroup().Elements());
    }

    [TestMethod]
    public void InversesUndoAndProductsCompose()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var x = randn([2, 9], dtype: float64, generator: generator);
        var elements = Lattice.Square(3).SpaceGroup().And(SymmetryGroup.SignFlip(9)).Elements();
        foreach (var (g, h) in elements.Zip(elements.Reverse()))
        {
            Assert.IsTrue(g.Inverse().Apply(g.Apply(x)).Equals(x));
            Assert.IsTrue(g.After(h).Apply(x).Equals(g.Apply(h.Apply(x))));
        }
    }

    [TestMethod]
    public void DrawnElementsAreUniformOverTheGroup()
    {
        foreach (var group in (SymmetryGroup[])
        [
            SymmetryGroup.Permutations(3, 2), new Lattice(Boundary.Periodic, 2, 3).SpaceGroup(),
            SymmetryGroup.SignFlip(4).And(LatticeSymmetries.PointGroup(Lattice.Square(2))),
            LatticeSymmetries.OfComponents(LatticeSymmetries.Translations(new Lattice(Boundary.Periodic, 3)), 2),
        ])
        {
            using var generator = new Generator(4);
            var elements = group.Elements();
            var draws = Enumerable.Range(0, 300 * elements.Count).Select(_ => group.Draw(generator))
                .CountBy(element => element, SymmetryElement.Comparer).ToDictionary(SymmetryElement.Comparer);
            // Five standard deviations of a Poisson count of 300.
            Assert.HasCount(elements.Count, draws);
            Assert.IsTrue(elements.All(element => Math.Abs(draws[element] - 300) < 90), string.Join(", ", draws.Values));
        }
    }

    [TestMethod]
    public void NoPermutationsAreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new SymmetryElement([0, 0, 1]));
        Assert.ThrowsExactly<ArgumentException>(() => new SymmetryElement([0, 1], 2));
        Assert.ThrowsExactly<ArgumentException>(() => SymmetryGroup.SignFlip(2).And(SymmetryGroup.SignFlip(3)));
    }
}
