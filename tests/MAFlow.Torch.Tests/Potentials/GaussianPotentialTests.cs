using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The quadratic potential of a Gaussian: exact at any depth, and the Gaussian of its data.</summary>
[TestClass]
public sealed class GaussianPotentialTests
{
    [TestMethod]
    public void TheDensityIsTheGaussianOfTheData()
    {
        using var scope = NewDisposeScope();
        var data = Draw.Normal(1, 50, 4).mm(Draw.Normal(2, 4, 4)).add(Draw.Normal(3, 4));
        using var flow = new MongeAmpereFlow(GaussianPotential.Fit(data, 2.5, float64), new() { Horizon = 2.5, Depth = 1 });
        var x = Draw.Normal(4, 6, 4);
        var centred = data.sub(data.mean([0L]));
        var covariance = centred.t().mm(centred).div(50);
        var deviation = x.sub(data.mean([0L]));
        var expected = deviation.mm(linalg.inv(covariance)).mul(deviation).sum([1L]).add(linalg.slogdet(covariance).Item2).add(4 * Math.Log(2 * Math.PI)).mul(-0.5);
        Near.Assert(expected, flow.LogProb(x), 1e-9);
    }

    [TestMethod]
    public void TransportScoresAndEnergyAreTheLimitOfSmallSteps()
    {
        using var scope = NewDisposeScope();
        using var potential = Images.Gaussian(4);
        var start = Draw.Normal(5, 3, 4);
        foreach (var grid in (TimeGrid[])[new(0.2, 1, 200), new(1, 0, 200)])
        {
            var solve = Solves.By() with { WithKineticEnergy = true };
            var field = new PotentialField(potential, grid, LaplacianEstimator.Exact, null, withKineticEnergy: true);
            var expected = solve.Integrator.SolvePlainly(field, start, grid);
            var actual = potential.Transport(new(start, zeros(3, dtype: float64), zeros(3, dtype: float64)), grid, solve);
            Near.Assert(expected.X, actual.X, 1e-8);
            Near.Assert(expected.Integrals[0].neg(), actual.LogProb, 1e-8);
            Near.Assert(expected.Integrals[1].abs(), actual.KineticEnergy!, 1e-8);
        }

        using var flow = new MongeAmpereFlow(Images.Gaussian(4), new() { Horizon = 1, Depth = 1 });
        var scored = flow.DecodeWithScore(Draw.Normal(6, 2, 4), 1);
        var x = scored.X.detach().requires_grad_();
        Near.Assert(autograd.grad([flow.LogProb(x).sum()], [x])[0], scored.Score, 1e-9);
    }

    [TestMethod]
    public void ADirectionWithoutWidthIsBounded()
    {
        using var scope = NewDisposeScope();
        var flat = Draw.Normal(7, 30, 3);
        flat.select(1, 2).copy_(flat.select(1, 0));
        using var flow = new MongeAmpereFlow(GaussianPotential.Fit(flat, 1, float64), new() { Horizon = 1, Depth = 1 });
        Assert.IsTrue(double.IsFinite(flow.LogProb(flat).mean().item<double>()));
    }

    [TestMethod]
    public void DataWithoutAGaussianAndForeignFilesAreRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("2 rows", Assert.ThrowsExactly<ArgumentException>(() => GaussianPotential.Fit(ones(1, 3), 1)).Message);
        Assert.Contains("same row", Assert.ThrowsExactly<ArgumentException>(() => GaussianPotential.Fit(ones(4, 3), 1)).Message);
        Assert.Contains("NaN", Assert.ThrowsExactly<ArgumentException>(() => GaussianPotential.Fit(full(4, 3, double.NaN), 1)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GaussianPotential.Fit(Draw.Normal(8, 5, 3), 0));
        foreach (var (matrix, pull) in new[] { (Draw.Normal(9, 3, 3), zeros(3, dtype: float64)), (eye(3), zeros(2)), (zeros(0, 0), zeros(0)), (eye(3), zeros(3, dtype: float64)) })
        {
            var stored = new Serialization.StoredComponent("gaussian").WithTensor("matrix", matrix).WithTensor("pull", pull);
            Assert.Contains("damaged", Assert.ThrowsExactly<FormatException>(() => GaussianPotential.Restore(stored)).Message);
        }
    }
}
