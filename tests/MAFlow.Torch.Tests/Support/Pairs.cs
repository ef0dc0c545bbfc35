using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Pair potentials away from rest, in float64.</summary>
internal static class Pairs
{
    public static LatticePairOptions Small { get; } = new()
    {
        Scales = [0, 1], OddFeatures = 3, EvenFeatures = 2, CollectiveFeatures = 2, Knots = 3, Type = float64,
    };

    public static LatticePairPotential Random(LatticePairOptions? options = null, params int[] extents)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(5);
        var lattice = new Lattice(Boundary.Periodic, extents);
        var potential = LatticePairPotential.AtRest(lattice, [.. Enumerable.Repeat(1.3, lattice.Sites)], options ?? Small);
        foreach (var (name, parameter) in potential.named_parameters())
        {
            parameter.add_(randn(parameter.shape, dtype: float64, generator: generator), alpha: name.StartsWith("coupling") ? 0.02 : 0.1);
        }

        return potential;
    }
}
