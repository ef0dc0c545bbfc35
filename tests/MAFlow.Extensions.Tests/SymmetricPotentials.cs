using MAFlow.Torch.Lattices;
using MAFlow.Torch.Potentials;
using MAFlow.Torch.Potentials.Composed;
using MAFlow.Torch.Potentials.Particles;
using MAFlow.Torch.Potentials.Ridge;
using MAFlow.Torch.Symmetries;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Three ways to a symmetric potential.</summary>
public static class SymmetricPotentials
{
    /// <summary>Any potential, averaged over a small group.</summary>
    public static Potential Averaged(Potential potential) => new SymmetrizedPotential(potential, SymmetryGroup.Permutations(4));

    /// <summary>Identical particles: 8 of them in the plane, features of each one, and units that see the sums of the features.</summary>
    public static Potential Particles(Generator generator) =>
        DeepSetsPotential.AtRest(8, 2, features: 32, hiddenUnits: 32, Activation.Softplus, generator);

    /// <summary>A group too large to average over: one random element for each interval of flow time.</summary>
    public static Potential Sampled(Potential potential, Lattice lattice) =>
        new SampledSymmetryPotential(potential, lattice.SpaceGroup(), interval: 0.1);
}
