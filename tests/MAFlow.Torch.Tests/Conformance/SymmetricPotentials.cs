using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One line per potential with a symmetry, away from rest.</summary>
internal static class SymmetricPotentials
{
    private static readonly Dictionary<string, Func<Potential>> _families = new()
    {
        ["ridge ln cosh"] = () => PotentialFamilies.Ridge(Activation.LogCosh, 5),
        ["time ridge ln cosh"] = () => PotentialFamilies.TimeRidge(Activation.LogCosh, 5, knots: 3),
        ["lattice ridge, 3 x 3"] = () => Lattice(3, 3),
        ["lattice ridge, 9 x 8"] = () => Lattice(9, 8),
        ["pairs, 3 x 3"] = () => Pairs.Random(null, 3, 3),
        ["pairs, 5 x 4, two components"] = () => Pairs.Random(Pairs.Small with { Scales = [0], Components = 2, Knots = 1 }, 5, 4),
        ["pairs, 2 x 3 x 2, without sign symmetry"] = () => Pairs.Random(Pairs.Small with { IsSignSymmetric = false }, 2, 3, 2),
        ["deep sets, 4 particles in the plane"] = () => DeepSets(4, 2, Activation.Softplus),
        ["deep sets, 5 exchangeable coordinates"] = () => DeepSets(5, 1, Activation.Softplus),
        ["deep sets, ln cosh"] = () => DeepSets(3, 2, Activation.LogCosh),
        ["particle pairs, 4 in the plane"] = () => Particles.Random(4, 2),
        ["particle pairs, 3 in a box"] = () => Particles.Random(3, 3, Particles.Small with { Range = 1.5, Box = 3 }, strength: 0.1),
        ["ridge averaged over permutations"] = () => new SymmetrizedPotential(PotentialFamilies.Ridge(Activation.Softplus, 5, 4), SymmetryGroup.Permutations(4)),
        ["ridge averaged over a space group and signs"] = () => new SymmetrizedPotential(
            PotentialFamilies.Ridge(Activation.Softplus, 6, 6), new Lattice(Boundary.Periodic, 2, 3).SpaceGroup().And(SymmetryGroup.SignFlip(6))),
        ["piecewise lattice ridge"] = () => new PiecewisePotential(1, [Lattice(3, 3), Lattice(3, 3)]),
        ["piecewise of a lattice ridge and a ridge"] = () => new PiecewisePotential(1, [Lattice(3, 3), PotentialFamilies.Ridge(Activation.LogCosh, 5, 9)]),
        ["deep sets averaged over signs"] = () => new SymmetrizedPotential(DeepSets(2, 2, Activation.Softplus), SymmetryGroup.SignFlip(4).And(SymmetryGroup.Permutations(2, 2))),
        ["ridge ln cosh under sampled translations"] = () => Sampled(3),
    };

    public static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    public static Potential Create(string name) => _families[name]();

    public static DeepSetsPotential DeepSets(int particles, int coordinates, Activation activation, ulong seed = 31)
    {
        using var scope = NewDisposeScope();
        return new(
            particles,
            new Dictionary<string, Tensor>
            {
                ["weight"] = Draw.Normal(seed, 4, coordinates), ["bias"] = Draw.Normal(seed + 1, 4), ["amplitude"] = Draw.Normal(seed + 2, 4).mul(0.2),
                ["mixing"] = Draw.Normal(seed + 3, 3, 4), ["offset"] = Draw.Normal(seed + 4, 3), ["collective"] = Draw.Normal(seed + 5, 3).mul(0.2),
            },
            activation);
    }

    public static SampledSymmetryPotential Sampled(int size, double interval = 0.1, ulong seed = 1)
    {
        using var scope = NewDisposeScope();
        return new(PotentialFamilies.Ridge(Activation.LogCosh, 7, size * size), MAFlow.Torch.Lattices.Lattice.Square(size).SpaceGroup(), interval, seed);
    }

    private static LatticeRidgePotential Lattice(params int[] extents)
    {
        using var generator = new Generator(1);
        return LatticeRidgePotentialTests.RandomPotential(new Lattice(Boundary.Periodic, extents), generator);
    }
}
