using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class HutchinsonLaplacianTests
{
    private static readonly MongeAmpereFlowOptions _stochastic = new()
    {
        Horizon = 1, Depth = 10, Laplacian = new HutchinsonLaplacian(2),
    };

    private static ValueOnly Generic() => new(PotentialFamilies.Ridge(Activation.Softplus, 6));

    [TestMethod]
    public void TheMeanOverManyProbesIsTheExactTrace()
    {
        using var scope = NewDisposeScope();
        using var potential = Generic();
        using var generator = new Generator(1);
        var x = Draw.Normal(1, 3, 3);
        var estimator = new HutchinsonLaplacian(1);
        var estimates = stack(Enumerable.Range(0, 3000).Select(_ => potential.Derivatives(x, 0, estimator, estimator.DrawProbes(x, generator)).Laplacian));
        var error = estimates.mean([0L]).sub(potential.Laplacian(x)).abs();
        var standardError = estimates.std(0).div(Math.Sqrt(3000));
        Assert.IsGreaterThan(1e-3, standardError.min().item<double>(), "The estimates vary.");
        Assert.IsTrue(error.le(standardError.mul(4.5)).all().item<bool>());
    }

    [TestMethod]
    public void ProbesAreSignsAndTheEstimateIsTheirAverage()
    {
        using var scope = NewDisposeScope();
        using var potential = Generic();
        using var generator = new Generator(1);
        var x = Draw.Normal(1, 400, 3);
        var estimator = new HutchinsonLaplacian(3);
        var probes = estimator.DrawProbes(x, generator);
        CollectionAssert.AreEqual(new long[] { 3, 400, 3 }, probes.shape);
        Assert.AreEqual(0.0, probes.abs().sub(1).abs().max().item<double>());
        Assert.AreEqual(0.0, probes.mean().item<double>(), 0.08);
        var single = Enumerable.Range(0, 3).Select(p => potential.Derivatives(x, 0, new HutchinsonLaplacian(1), probes.narrow(0, p, 1)).Laplacian);
        Near.Assert(stack(single).mean([0L]), potential.Derivatives(x, 0, estimator, probes).Laplacian, 1e-13);
    }

    [TestMethod]
    public void EnoughOrthogonalSignsGiveTheExactTrace()
    {
        using var scope = NewDisposeScope();
        using var potential = Generic();
        var x = Draw.Normal(1, 1, 3);
        // The columns of a Hadamard matrix: Σ vvᵀ = 4 I.
        var signs = tensor(new double[,] { { 1, 1, 1 }, { -1, 1, -1 }, { 1, -1, -1 }, { -1, -1, 1 } }).unsqueeze(1);
        Near.Assert(potential.Laplacian(x), potential.Derivatives(x, 0, new HutchinsonLaplacian(4), signs).Laplacian, 1e-12);
    }

    [TestMethod]
    public void ProbesAreDrawnOncePerSolveSoThatARoundTripReturns()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Generic(), _stochastic with { Depth = 40 });
        var x = Draw.Normal(2, 6, 3);
        using var there = new Generator(7);
        using var back = new Generator(7);
        var encoded = flow.Encode(x, there);
        var decoded = flow.Decode(encoded.Z, back);
        Near.Assert(x, decoded.X, 1e-7);
        Near.Assert(encoded.LogProb, decoded.LogProb, 1e-6);
        using var other = new Generator(8);
        Assert.IsGreaterThan(1e-3, Near.Difference(encoded.LogProb, flow.LogProb(x, other)));
        // One draw of probes leaves the generator where one draw by hand does.
        using var drawn = new Generator(7);
        new HutchinsonLaplacian(2).DrawProbes(x, drawn);
        Near.AssertBitEqual(drawn.get_state(), there.get_state());
    }

    [TestMethod]
    public void WithoutAGeneratorTheErrorSaysWhatToDo()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Generic(), _stochastic);
        var error = Assert.ThrowsExactly<ArgumentNullException>(() => flow.LogProb(Draw.Normal(1, 2, 3)));
        Assert.Contains("use LaplacianEstimator.Exact", error.Message);
    }

    [TestMethod]
    public void TrajectoriesAndDensityModelsAreExact()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(Generic(), _stochastic);
        using var exact = new MongeAmpereFlow(Generic(), _stochastic with { Laplacian = LaplacianEstimator.Exact });
        using var generator = new Generator(1);
        using var model = new DensityModel(BijectionChain.Fit([], Draw.Normal(1, 4, 3), generator), flow);
        var x = Draw.Normal(3, 4, 3);
        Near.Assert(exact.LogProb(x), flow.EncodeTrajectory(x, 2)[0].LogProb, 1e-12);
        Near.Assert(exact.Decode(x).LogProb, flow.DecodeTrajectory(x, 2)[^1].LogProb, 1e-12);
        Near.Assert(exact.LogProb(x), model.LogProb(x), 1e-12);
        Near.Assert(exact.At(200).LogProb(x), flow.EncodeToTolerance(x, 1e-8).LogProb, 1e-7);
    }

    [TestMethod]
    public void EstimatesFreeTheirTensors()
    {
        using var flow = new MongeAmpereFlow(Generic(), _stochastic);
        using var generator = new Generator(1);
        using var x = Draw.Normal(1, 4, 3);
        Leaks.AssertNone(() => [flow.Encode(x, generator)]);
        Leaks.AssertNone(() => [new HutchinsonLaplacian().DrawProbes(x, generator)]);
    }
}
