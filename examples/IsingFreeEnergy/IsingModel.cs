using MAFlow.Torch;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>The untrained flow for a lattice.</summary>
public static class IsingModel
{
    private const double Horizon = 2;

    public static MongeAmpereFlow Create(IsingEnergy energy, Settings settings)
    {
        using var generator = new Generator((ulong)settings.Seed);
        var options = new MongeAmpereFlowOptions { Horizon = Horizon, Depth = settings.Depth };
        var lattice = energy.Lattice!;
        if (lattice.Boundary == Boundary.Periodic)
        {
            // Every symmetry of the torus exactly, and the Gaussian part of the energy in closed form.
            var filters = settings.Size <= 4 ? 4 : 2;
            return new(LatticeRidgePotential.AtRest(lattice, filters, generator), options, CirculantGaussianMap.For(energy));
        }

        // Without translations only the Z2 symmetry of ln cosh is left.
        using var scope = NewDisposeScope();
        var directions = new LocalPatches(settings.Size, settings.Size, Math.Min(3, settings.Size)).Draw(4L * lattice.Sites, ones(lattice.Sites, dtype: float64), generator);
        return new(RidgePotential.AtRest(directions, Activation.LogCosh, generator, 1), options);
    }
}
