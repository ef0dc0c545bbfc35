using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>The untrained flow for a lattice.</summary>
public static class IsingModel
{
    /// <summary>Smallest eigenvalue of K + αI, which fixes α.</summary>
    public const double SmallestEigenvalue = 0.1;

    private const double Horizon = 2;

    /// <summary>On an open lattice, where only the Z2 symmetry of ln cosh is left; on a torus the ladder makes its own.</summary>
    public static MongeAmpereFlow Create(IsingEnergy energy, Settings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        using var scope = NewDisposeScope();
        var directions = new LocalPatches(settings.Size, settings.Size, Math.Min(3, settings.Size)).Draw(4 * energy.Dimension, ones(energy.Dimension, dtype: float64), generator);
        return new(RidgePotential.AtRest(directions, Activation.LogCosh, generator, 1), new() { Horizon = Horizon, Depth = settings.Depth });
    }

    /// <summary>A flow that does nothing but, on a torus, the Gaussian part of the energy; as cheap as a flow can be.</summary>
    public static MongeAmpereFlow AtRest(IsingEnergy energy, Generator generator) =>
        AtRest(energy.Dimension, generator, energy.Lattice!.Boundary == Boundary.Periodic ? CirculantGaussianMap.For(energy) : null);

    /// <summary>A flow that does nothing but its final map.</summary>
    public static MongeAmpereFlow AtRest(long dimension, Generator generator, Bijection? bijection = null)
    {
        using var scope = NewDisposeScope();
        return new(RidgePotential.AtRest(ones(1, dimension, dtype: float64), Activation.LogCosh, generator, 1), new() { Depth = 1 }, bijection);
    }
}
