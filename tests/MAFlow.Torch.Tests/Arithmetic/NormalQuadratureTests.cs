using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Integrals over a normal against closed forms.</summary>
[TestClass]
public sealed class NormalQuadratureTests
{
    [TestMethod]
    public void LinearExponentialAndSteppingFunctionsHaveTheirMoments()
    {
        using var scope = NewDisposeScope();
        var z = tensor(NormalQuadrature.Nodes, dtype: float64);
        var values = stack([z.mul(3).add(1e6), z.mul(0.5).exp(), z.gt(0.3).to(float64)]);
        var (mean, variance) = (NormalQuadrature.Mean(values), NormalQuadrature.Variance(values));
        Assert.AreEqual(1e6, mean[0].item<double>(), 1e-8);
        Assert.AreEqual(9, variance[0].item<double>(), 1e-3);
        Assert.AreEqual(Math.Exp(0.125), mean[1].item<double>(), 1e-2);
        Assert.AreEqual(Math.Exp(0.25) * (Math.Exp(0.25) - 1), variance[1].item<double>(), 2e-2);
        Assert.AreEqual(0.3821, mean[2].item<double>(), 1.0 / 96);
        Assert.AreEqual(1, NormalQuadrature.Mean(ones(1, z.shape[0], dtype: float64)).item<double>(), 1e-12);
    }

    /// <summary>CRPS of N(0, 1) at u: u (2Φ(u) - 1) + 2φ(u) - 1/√π.</summary>
    [TestMethod]
    public void TheRankedScoreOfANormalIsItsClosedForm()
    {
        using var scope = NewDisposeScope();
        var u = tensor([-4.0, -1, 0, 0.3, 2.5]);
        var z = tensor(NormalQuadrature.Nodes, dtype: float64).expand(5, -1);
        var expected = u.mul(special.ndtr(u).mul(2).sub(1)).add(u.pow(2).div(-2).exp().mul(2 / Math.Sqrt(2 * Math.PI))).sub(1 / Math.Sqrt(Math.PI));
        Near.Assert(expected, NormalQuadrature.RankedScore(z, u), 2e-3);
    }
}
