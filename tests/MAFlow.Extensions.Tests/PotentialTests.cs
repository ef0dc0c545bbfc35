using MAFlow.Torch.Energies;
using MAFlow.Torch.Flows;
using MAFlow.Torch.Integrators;
using MAFlow.Torch.Potentials;
using MAFlow.Torch.Potentials.Composed;
using MAFlow.Torch.Potentials.Laplacians;
using MAFlow.Torch.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class PotentialTests
{
    [TestMethod]
    public void ItIsTrainedSavedAndLoaded()
    {
        RadialPotential.Register();
        using var data = Examples.Ring(1, 256);
        foreach (var recompute in new[] { false, true })
        {
            using var model = Examples.Model(data, Examples.Radial(), new() { Horizon = 1, Depth = 8, Recompute = recompute });
            Examples.AssertTrainsAndComesBack(model, data);
        }
    }

    [TestMethod]
    public void ItIsTrainedTowardsAnEnergy()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Examples.Radial(), new() { Horizon = 1, Depth = 8 });
        using var energy = new DelegateEnergy(2, x => x.square().sum([1L]).sub(3).square().mul(0.5));
        var report = new VariationalTrainer(new() { Steps = 60, MeasureEverySteps = 30, FinalSamples = 512 }).Fit(flow, energy);
        Near.IsBelow(report.History[0].Loss, report.FreeEnergy!.FreeEnergy);
        Assert.IsTrue(report.FreeEnergy.IsConverged);
    }

    [TestMethod]
    public void ItsPointsAreChecked()
    {
        using var scope = NewDisposeScope();
        using var potential = Examples.Radial();
        Assert.ThrowsExactly<ArgumentException>(() => potential.Value(Draw.Normal(1, 6, 3)));
        Assert.ThrowsExactly<ArgumentException>(() => potential.Value(ones([6, 2], dtype: int64)));
        Assert.ThrowsExactly<ArgumentNullException>(() => potential.Value(null!));
    }

    /// <summary>The switch is at a step boundary, so that a half of the horizon gives what the whole gives.</summary>
    [TestMethod]
    public void ItJumpsWhereItSays()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Examples.Radial(), new() { Horizon = 1, Depth = 39 });
        using var half = new MongeAmpereFlow(Examples.Radial(), new() { Horizon = 0.5, Depth = 20 });
        var x = Draw.Normal(1, 6, 2);
        Assert.AreEqual(40, flow.Depth);
        Near.Assert(half.LogProb(x), flow.LogProb(x), 1e-12);
        Near.Assert(half.Decode(x).X, flow.Decode(x).X, 1e-12);
    }

    /// <summary>Breaks of what lies inside come up by themselves.</summary>
    [TestMethod]
    public void ItsBreaksAreKnownToWhatContainsIt()
    {
        using var flow = new MongeAmpereFlow(new PiecewisePotential(1, [Examples.Radial(0.2), Examples.Radial(0.7)]), new() { Depth = 1 });
        Assert.AreEqual(4, flow.Depth);
    }

    [TestMethod]
    public void ItsParametersFollowAChangeOfType()
    {
        using var scope = NewDisposeScope();
        using var potential = Examples.Radial();
        var x = Draw.Normal(1, 6, 2);
        var expected = potential.Value(x);
        potential.to(ScalarType.Float32);
        Near.Assert(expected, potential.Value(x.to(ScalarType.Float32)), 1e-5);
        using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Integrator = new ImplicitMidpoint() });
        Near.Assert(x, flow.Encode(flow.Decode(x).X).Z, 1e-5);
    }

    /// <summary>ln p(x, T) = -½|x|² e^{-2λT} - N(½ ln 2π + λT), appendix A of the paper.</summary>
    [TestMethod]
    public void AClosedFormTakesThePlaceOfAutograd()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new Quadratic(3, 0.4), new() { Horizon = 1, Depth = 32 });
        var x = Draw.Normal(1, 6, 3);
        var exact = x.square().sum([1L]).mul(-0.5 * Math.Exp(-0.8)).sub(3 * ((0.5 * Math.Log(2 * Math.PI)) + 0.4));
        // Nothing is trained, so the flow computes in float32.
        Near.Assert(exact, flow.LogProb(x), 1e-5);
    }

    private sealed class Quadratic(long dimension, double strength) : Potential("quadratic", dimension)
    {
        protected override Tensor Evaluate(Tensor x, double time) => x.square().sum([1L]).mul(0.5 * strength);

        protected override (Tensor Gradient, Tensor Laplacian) Derivatives(
            Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
            (x.mul(strength), full(x.shape[0], strength * Dimension, dtype: x.dtype, device: x.device));
    }
}
