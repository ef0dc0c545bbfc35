using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Pair potentials of particles away from rest, in float64.</summary>
internal static class Particles
{
    public static ParticlePairOptions Small { get; } = new() { Range = 3, Gaussians = 6, TripleGaussians = 3, Knots = 4, Type = float64 };

    public static ParticlePairPotential Random(int particles, int coordinates, ParticlePairOptions? options = null, double strength = 0.3)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(7);
        var potential = ParticlePairPotential.AtRest(particles, coordinates, options ?? Small);
        foreach (var (name, parameter) in potential.named_parameters())
        {
            if (name == "stretch" && options?.Box is not null)
            {
                // The envelope of a box is so wide that no finite difference sees what is in it.
                parameter.zero_();
            }

            parameter.add_(randn(parameter.shape, dtype: float64, generator: generator), alpha: strength);
        }

        return potential;
    }
}
