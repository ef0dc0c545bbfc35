using EnergyFingerprint = MAFlow.Torch.Energies.EnergyFingerprint;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Energies of one type are told apart by their values.</summary>
[TestClass]
public sealed class EnergyFingerprintTests
{
    [TestMethod]
    public void EnergiesWithOtherParametersDiffer()
    {
        using var warm = new IsingEnergy(Lattice.Square(4), 3);
        using var critical = new IsingEnergy(Lattice.Square(4), 2.27);
        using var again = new IsingEnergy(Lattice.Square(4), 2.27);
        Assert.IsFalse(Agree(critical, warm));
        Assert.IsTrue(Agree(critical, again));
        using var near = new IsingEnergy(Lattice.Square(4), 2.271);
        Assert.IsFalse(Agree(critical, near));
        using var larger = new IsingEnergy(Lattice.Square(5), 2.27);
        Assert.IsFalse(Agree(critical, larger));
    }

    [TestMethod]
    public void FunctionsWithOtherConstantsDiffer()
    {
        using var first = new DelegateEnergy(2, x => x.square().sum([1L]).mul(0.5));
        using var other = new DelegateEnergy(2, x => x.square().sum([1L]).mul(0.51));
        using var moved = new DelegateEnergy(2, x => x.square().sum([1L]).mul(0.5).add(1));
        Assert.IsFalse(Agree(first, other));
        Assert.IsFalse(Agree(first, moved));
        // The same function in short numbers is the same energy.
        using var narrow = new DelegateEnergy(2, x => x.to(float32).square().sum([1L]).mul(0.5f));
        Assert.IsTrue(Agree(first, narrow));
        // A matrix product of float32 refuses float64, and is then asked in float32.
        using var matrix = eye(2, dtype: float32);
        using var stubborn = new DelegateEnergy(2, x => x.mm(matrix).square().sum([1L]).mul(0.5));
        Assert.IsTrue(Agree(first, stubborn));
    }

    [TestMethod]
    public void NumbersAreComparedEntryByEntry()
    {
        Assert.IsTrue(EnergyFingerprint.Agrees([1, double.PositiveInfinity], [1.000005, double.PositiveInfinity]));
        Assert.IsFalse(EnergyFingerprint.Agrees([1, 2], [1.00002, 2]));
        Assert.IsFalse(EnergyFingerprint.Agrees([1, double.PositiveInfinity], [1, double.NegativeInfinity]));
        Assert.IsFalse(EnergyFingerprint.Agrees([1, double.PositiveInfinity], [1, 5]));
        Assert.IsFalse(EnergyFingerprint.Agrees([1, 2], [1]));
        Assert.IsFalse(EnergyFingerprint.Agrees([0, 0], [1e-9, 0]));
    }

    [TestMethod]
    public void FingerprintsLeaveNothingBehind()
    {
        using var energy = new IsingEnergy(Lattice.Square(3), 2);
        Leaks.AssertNone(() =>
        {
            Assert.HasCount(EnergyFingerprint.Points, EnergyFingerprint.Of(energy));
            return [];
        });
    }

    private static bool Agree(Energy a, Energy b) => EnergyFingerprint.Agrees(EnergyFingerprint.Of(a), EnergyFingerprint.Of(b));
}
