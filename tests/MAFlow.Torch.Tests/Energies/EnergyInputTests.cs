using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class EnergyInputTests
{
    [TestMethod]
    public void LatticesOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Lattice.Square(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Lattice.Square(-3, Boundary.Open));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Lattice.Square(1 << 13));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Lattice.Square(4, (Boundary)7));
        Assert.ThrowsExactly<ArgumentException>(() => new Lattice(Boundary.Open));
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(-1.0)]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void TemperaturesOutOfRangeAreRefused(double temperature)
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new IsingEnergy(Lattice.Square(4), temperature));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => KaufmanTorus.LogPartition(4, 4, temperature));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OnsagerLimit.LogPartitionPerSite(temperature));
    }

    [TestMethod]
    public void CouplingsMustBeSymmetricAndPositiveDefinite()
    {
        using var scope = NewDisposeScope();
        var lopsided = tensor(new double[,] { { 0, 0.4 }, { 0.3, 0 } });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new IsingEnergy(lopsided, 1)).Message, "symmetric");
        var fine = tensor(new double[,] { { 0, 0.4 }, { 0.4, 0 } });
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new IsingEnergy(fine, 0.3)).Message, "raise the shift");
        Assert.ThrowsExactly<ArgumentException>(() => new IsingEnergy(zeros([2, 3]), 1));
        Assert.ThrowsExactly<ArgumentException>(() => new IsingEnergy(fine, double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Phi4Energy(Lattice.Square(4), 0.3, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Phi4Energy(Lattice.Square(4), 0.3, -0.1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Phi4Energy(Lattice.Square(4), double.NaN, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Phi4Energy(Lattice.Square(4), 0.3, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ConcentricRingsEnergy([1, 0]));
        Assert.ThrowsExactly<ArgumentException>(() => new ConcentricRingsEnergy([]));
    }

    [TestMethod]
    public void FunctionsThatAreNoEnergiesAreNamed()
    {
        using var scope = NewDisposeScope();
        var x = ones([2, 3]).requires_grad_();
        using var matrix = new DelegateEnergy(3, points => points.square());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => matrix.Value(x)).Message, "[2, 3]");
        using var broken = new DelegateEnergy(3, points => points.neg().sqrt().sum([1L]));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => broken.Value(x)).Message, "NaN");
        using var detached = new DelegateEnergy(3, points => points.detach().sum([1L]));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => detached.Value(x)).Message, "gradient");
        Assert.ThrowsExactly<ArgumentException>(() => new DelegateEnergy(3, points => points.sum([1L]), symmetry: SymmetryGroup.SignFlip(2)));
    }

    [TestMethod]
    public void EnergiesOfAUsersOwnClassAreCheckedBeforeTorchMeetsThem()
    {
        using var scope = NewDisposeScope();
        var x = ones([2, 3]);
        using var detached = new Written(points => points.detach().sum([1L]));
        Assert.Contains("gradient", Assert.ThrowsExactly<InvalidOperationException>(() => detached.Gradient(x)).Message);
        using var matrix = new Written(points => points.square());
        Assert.Contains("[2, 3]", Assert.ThrowsExactly<InvalidOperationException>(() => matrix.Gradient(x)).Message);
    }

    private sealed class Written(Func<Tensor, Tensor> function) : Energy(3)
    {
        protected internal override Tensor Evaluate(Tensor x) => function(x);
    }
}
