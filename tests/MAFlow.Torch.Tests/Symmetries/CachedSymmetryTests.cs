using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Groups are made once: whoever asks again gets the same one.</summary>
[TestClass]
public sealed class CachedSymmetryTests
{
    [TestMethod]
    public void EnergiesKeepTheirGroups()
    {
        using var ising = new IsingEnergy(Lattice.Square(3), 2);
        using var field = new Phi4Energy(Lattice.Square(3), 0.2, 0.5, 2);
        using var function = new DelegateEnergy(2, x => x.sum([1L]));
        using var wells = ParticleEnergy.DoubleWells();
        foreach (var energy in (Energy[])[ising, field, function, wells])
        {
            AssertKept(() => energy.Symmetry);
        }
    }

    [TestMethod]
    public void PotentialsKeepTheirGroups()
    {
        using var generator = new Generator(1);
        using var lattice = LatticeRidgePotential.AtRest(Lattice.Square(3), 1, generator);
        AssertKept(() => lattice.Symmetry);
        using var pairs = Pairs.Random(null, 3, 3);
        AssertKept(() => pairs.Symmetry);
        using var particles = Particles.Random(3, 2);
        AssertKept(() => particles.Symmetry);
        // Parts that share less than each has alone.
        using var piecewise = new PiecewisePotential(
            1, [SymmetricPotentials.DeepSets(3, 1, Activation.LogCosh), SymmetricPotentials.DeepSets(3, 1, Activation.Softplus)]);
        AssertKept(() => piecewise.Symmetry);
    }

    [TestMethod]
    public void AUsersEnergyStatesItsGroupOnce()
    {
        using var energy = new Written();
        Assert.HasCount(2, energy.Symmetry.Elements());
        Assert.ThrowsExactly<ArgumentException>(() => new DelegateEnergy(3, x => x.sum([1L]), symmetry: SymmetryGroup.SignFlip(2)));
    }

    private static void AssertKept(Func<SymmetryGroup> symmetry) => Assert.AreSame(symmetry(), symmetry());

    private sealed class Written() : Energy(2, SymmetryGroup.SignFlip(2))
    {
        protected internal override Tensor Evaluate(Tensor x) => x.square().sum([1L]);
    }
}
