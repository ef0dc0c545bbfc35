using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Appendix A of the paper: φ = λx²/2 gives x(t) = x e^{λt} and the density N(0, e^{2λt}).</summary>
[TestClass]
public sealed class GaussianFlowTests
{
    [TestMethod]
    [DataRow(0.5, 1.0, 1)]
    [DataRow(-0.7, 2.0, 1)]
    [DataRow(0.25, 4.0, 2)]
    [DataRow(1.0, 0.5, 3)]
    [DataRow(-0.1, 5.0, 4)]
    public void AQuadraticPotentialScalesAGaussian(double rate, double horizon, int dimension)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(
            new QuadraticPotential(dimension, rate), new() { Horizon = horizon, Depth = 60, Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5) });
        var (z, x) = (Draw.Normal(1, 6, dimension), Draw.Normal(2, 6, dimension).mul(2));
        var growth = Math.Exp(rate * horizon);
        Near.Assert(z.mul(growth), flow.Decode(z).X, 1e-8);
        Near.Assert(Density(z.mul(growth)), flow.Decode(z).LogProb, 1e-8);
        Near.Assert(x.div(growth), flow.Encode(x).Z, 1e-8 * Math.Max(1, 1 / growth));
        Near.Assert(Density(x), flow.LogProb(x), 1e-8 * Math.Max(1, 1 / (growth * growth)));
        // On the way the density is that of the time.
        foreach (var (state, k) in flow.DecodeTrajectory(z, 4).Select((state, k) => (state, k)))
        {
            var sigma = Math.Exp(rate * horizon * k / 4);
            Near.Assert(z.mul(sigma), state.X, 1e-8);
            Near.Assert(StandardNormal.LogProb(z).sub(dimension * Math.Log(sigma)), state.LogProb, 1e-8);
        }

        Tensor Density(Tensor point) => StandardNormal.LogProb(point.div(growth)).sub(dimension * Math.Log(growth));
    }

    [TestMethod]
    public void TheStandardNormalIsNormalised()
    {
        using var scope = NewDisposeScope();
        Assert.AreEqual(-0.5 * Math.Log(2 * Math.PI), StandardNormal.LogProb(zeros(1, 1, dtype: float64)).item<double>(), 1e-15);
        Assert.AreEqual(-3 - (1.5 * Math.Log(2 * Math.PI)), StandardNormal.LogProb(tensor(new double[,] { { 1, -1, 2 } })).item<double>(), 1e-14);
        using var generator = new Generator(1);
        var sample = StandardNormal.Sample(20000, 2, generator, ScalarType.Float64);
        Assert.AreEqual(0.0, sample.mean().item<double>(), 0.02);
        Assert.AreEqual(1.0, sample.std().item<double>(), 0.02);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => StandardNormal.Sample(0, 2, generator));
        Leaks.AssertNone(() => [StandardNormal.Sample(3, 2, generator), StandardNormal.LogProb(sample)]);
    }
}
