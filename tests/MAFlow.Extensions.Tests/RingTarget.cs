using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Energies;
using MAFlow.Torch.Flows;
using MAFlow.Torch.Symmetries;
using MAFlow.Torch.Training;

namespace MAFlow.Extensions.Tests;

/// <summary>A density given by its energy: p(x) = e^{-E(x)}/Z, high where |x| is near 1.</summary>
public static class RingTarget
{
    // What leaves E unchanged: the sign of all coordinates, and their order.
    private static readonly SymmetryGroup _symmetry = SymmetryGroup.SignFlip(2).And(SymmetryGroup.Permutations(2));

    public static TrainingReport Fit(MongeAmpereFlow flow, int steps)
    {
        using var energy = new DelegateEnergy(2, x => x.Pow(2).sum([1L]).Add(-1).Pow(2), symmetry: _symmetry);
        return new VariationalTrainer(new() { Steps = steps }).Fit(flow, energy);
    }
}
