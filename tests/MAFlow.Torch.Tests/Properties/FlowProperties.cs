using CsCheck;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What holds for every flow, over random sizes, potentials and points.</summary>
[TestClass]
public sealed class FlowProperties
{
    private static readonly Gen<Activation> _activations = Gen.Bool.Select(even => even ? Activation.LogCosh : Activation.Softplus);

    [TestMethod]
    public void EncodingAfterDecodingReturnsPointsAndDensities() => Gen.Select(Gen.Int[1, 7], Gen.Int[1, 16], _activations, Gen.Int[1, 9], Gen.Double[0.1, 1.5], Gen.ULong)
        .Sample((dimension, hidden, activation, rows, horizon, seed) =>
        {
            using var scope = NewDisposeScope();
            using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(activation, hidden, dimension, seed, 0.2), new() { Horizon = horizon, Depth = 160 });
            var z = Draw.Normal(seed, rows, dimension);
            var sample = flow.Decode(z);
            var back = flow.Encode(sample.X);
            Near.Assert(z, back.Z, 1e-4);
            Near.Assert(sample.LogProb, back.LogProb, 1e-4);
        }, iter: 100, threads: 1);

    [TestMethod]
    public void HiddenSpaceTransportIsThatOfTheGenericSolver() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 12], _activations, Gen.Int[0, ButcherTableau.All.Count - 1], Gen.Int[1, 4], Gen.ULong)
        .Sample((dimension, hidden, activation, tableau, depth, seed) =>
        {
            using var scope = NewDisposeScope();
            var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = depth, Integrator = new ExplicitRungeKutta(ButcherTableau.All[tableau]) };
            using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(activation, hidden, dimension, seed), options);
            using var generic = new MongeAmpereFlow(new ValueOnly(PotentialFamilies.Ridge(activation, hidden, dimension, seed)), options);
            var x = Draw.Normal(seed + 9, 3, dimension);
            var (expected, actual) = (generic.Encode(x), flow.Encode(x));
            Near.Assert(expected.Z, actual.Z, 1e-9);
            Near.Assert(expected.LogProb, actual.LogProb, 1e-9);
        }, iter: 60, threads: 1);

    [TestMethod]
    public void DensitiesOnATorusDoNotChangeUnderItsSymmetries() => Gen.Select(Gen.Int[2, 5], Gen.Int[2, 5], Gen.Int[1, 3], Gen.Int[0, 9999], Gen.ULong)
        .Sample((height, width, filters, element, seed) =>
        {
            using var scope = NewDisposeScope();
            var lattice = new Lattice(Boundary.Periodic, height, width);
            var potential = new LatticeRidgePotential(lattice, Draw.Normal(seed, filters, lattice.Sites).mul(0.2), Draw.Normal(seed + 1, filters).mul(0.1));
            using var flow = new MongeAmpereFlow(potential, new() { Horizon = 0.5, Depth = 4 });
            var group = potential.Symmetry.Elements();
            var x = Draw.Normal(seed + 2, 2, lattice.Sites);
            Near.Assert(flow.LogProb(x), flow.LogProb(group[element % group.Count].Apply(x)), 1e-9);
        }, iter: 60, threads: 1);
}
