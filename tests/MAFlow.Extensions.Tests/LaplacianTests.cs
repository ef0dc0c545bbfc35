using MAFlow.Torch.Flows;
using MAFlow.Torch.Potentials;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

[TestClass]
public sealed class LaplacianTests
{
    [TestMethod]
    public void ItTrainsAndComesBack()
    {
        RadialPotential.Register();
        OneCoordinateLaplacian.Register();
        using var data = Examples.Ring(1, 256);
        var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = 4, Laplacian = new OneCoordinateLaplacian() };
        using var model = Examples.Model(data, Examples.Radial(), options);
        Examples.AssertTrainsAndComesBack(model, data);
    }

    /// <summary>Each coordinate has another second derivative; the mean over many draws is the Laplacian.</summary>
    [TestMethod]
    public void ItIsUnbiased()
    {
        using var scope = NewDisposeScope();
        var options = new MongeAmpereFlowOptions { Horizon = 1e-3, Depth = 1 };
        using var flow = new MongeAmpereFlow(Examples.Radial(), options with { Laplacian = new OneCoordinateLaplacian() });
        using var generator = new Generator(7);
        var x = Draw.Normal(2, 1, 2);
        var many = x.expand(4000, 2).clone();
        using var _ = no_grad();
        using var exact = new MongeAmpereFlow(Examples.Radial(), options);
        var estimated = flow.LogProb(many, generator);
        var error = estimated.std().item<double>() / Math.Sqrt(4000);
        Assert.IsGreaterThan(0, error);
        Near.Assert(exact.LogProb(x), estimated.mean().reshape(1), 5 * error);
    }

    /// <summary>A gradient that does not depend on x has no graph, which torch itself would not survive.</summary>
    [TestMethod]
    public void ALinearPotentialHasNoCurvature()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(new Slope(3), new() { Horizon = 1, Depth = 2, Laplacian = new OneCoordinateLaplacian() });
        using var exact = new MongeAmpereFlow(new Slope(3), new() { Horizon = 1, Depth = 2 });
        using var generator = new Generator(7);
        var x = Draw.Normal(2, 4, 3);
        Near.Assert(exact.LogProb(x), flow.LogProb(x, generator), 1e-12);
    }

    private sealed class Slope(long dimension) : Potential("slope", dimension)
    {
        protected override Tensor Evaluate(Tensor x, double time) => x.sum([1L]);
    }
}
