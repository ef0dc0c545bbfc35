using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Energies;
using MAFlow.Torch.Flows;
using MAFlow.Torch.Lattices;
using MAFlow.Torch.Potentials.Composed;
using MAFlow.Torch.Potentials.Networks;
using MAFlow.Torch.Potentials.Ridge;
using MAFlow.Torch.Symmetries;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Energies and symmetries, as docs/extending.md shows them.</summary>
[TestClass]
public sealed class TargetTests
{
    [TestMethod]
    public void AFlowIsTrainedTowardsARing()
    {
        using var generator = new Generator(1);
        var perceptron = new MlpPotential(2, [8], Activation.LogCosh, generator);
        using var flow = new MongeAmpereFlow(
            new SymmetrizedPotential(perceptron, SymmetryGroup.Permutations(2)), new() { Horizon = 1, Depth = 4 });
        Assert.AreEqual(20, RingTarget.Fit(flow, 20).Steps);
    }

    [TestMethod]
    public void AnEnergyStatesItsValueAndItsPartition()
    {
        using var scope = NewDisposeScope();
        using var energy = new Well(2, 3);
        var x = Draw.Normal(1, 5, 2);
        Near.Assert(x.square().sum([1L]).mul(1.5), energy.Value(x), 1e-12);
        Near.Assert(x.mul(3), energy.Gradient(x), 1e-12);
        Assert.AreEqual(Math.Log(2 * Math.PI / 3), energy.ExactLogPartition()!.Value, 1e-12);
        Assert.ThrowsExactly<ArgumentException>(() => energy.Value(Draw.Normal(1, 5, 3)));
        using var other = new DelegateEnergy(2, point => point.Pow(4).sum([1L]));
        Assert.IsNull(other.ExactLogPartition());
    }

    [TestMethod]
    public void TheirValuesAreTheSameUnderTheGroup()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var averaged = SymmetricPotentials.Averaged(new MlpPotential(4, [5], Activation.Softplus, generator, readoutScale: 1));
        using var particles = SymmetricPotentials.Particles(generator);
        using var sampled = SymmetricPotentials.Sampled(new MlpPotential(9, [5], Activation.Softplus, generator), Lattice.Square(3));
        var (four, sixteen) = (Draw.Normal(1, 5, 4).to(float32), Draw.Normal(2, 5, 16).to(float32));
        Near.Assert(averaged.Value(four), averaged.Value(four.flip(1)), 1e-5);
        Near.Assert(particles.Value(sixteen), particles.Value(sixteen.roll([2], [1])), 1e-5);
        Assert.AreEqual(9, sampled.Dimension);
    }

    /// <summary>E = ½ k |x|², Z = (2π/k)^{N/2}.</summary>
    private sealed class Well(long dimension, double strength) : Energy(dimension)
    {
        protected override Tensor Evaluate(Tensor x) => x.Pow(2).sum([1L]).Mul(0.5 * strength);

        protected override double? KnownLogPartition() => 0.5 * Dimension * Math.Log(2 * Math.PI / strength);
    }
}
