using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class RidgePotentialTests
{
    [TestMethod]
    public void PotentialsOfEvenActivationsAreZ2SymmetricAndTheirFlowsToo()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.LogCosh, 8), new() { Horizon = 2, Depth = 10 });
        var x = Draw.Normal(1, 20, 3).mul(2);
        Near.Assert(flow.LogProb(x), flow.LogProb(x.neg()), 1e-12);
        Near.Assert(flow.Encode(x).Z, flow.Encode(x.neg()).Z.neg(), 1e-12);
    }

    [TestMethod]
    public void SoftplusFlowsAreNotSymmetric()
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 8), new() { Horizon = 2, Depth = 10 });
        var x = Draw.Normal(1, 20, 3);
        Assert.IsGreaterThan(1e-2, Near.Difference(flow.LogProb(x), flow.LogProb(x.neg())));
    }

    [TestMethod]
    public void APotentialAtRestIsTheIdentityMap()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var flow = new MongeAmpereFlow(RidgePotential.AtRest(Draw.Normal(1, 6, 3), Activation.Softplus, generator, 1.5, ScalarType.Float64));
        var x = Draw.Normal(2, 5, 3);
        Near.Assert(x, flow.Encode(x).Z, 0);
        Near.Assert(StandardNormal.LogProb(x), flow.LogProb(x), 0);
    }

    [TestMethod]
    public void DirectionsAtRestHaveTheLengthAskedFor()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var potential = RidgePotential.AtRest(Draw.Normal(1, 600, 3), Activation.Softplus, generator, 2.5, ScalarType.Float64);
        Near.Assert(full(600, 2.5, dtype: float64), potential.Weight.square().sum([1L]).sqrt(), 1e-12);
        Assert.AreEqual(0.5, potential.Bias!.std().item<double>(), 0.06);
        Assert.AreEqual(0.0, potential.Amplitude.abs().max().item<double>());
    }

    [TestMethod]
    public void ParametersAreCopied()
    {
        using var scope = NewDisposeScope();
        var weight = Draw.Normal(1, 4, 3);
        using var potential = new RidgePotential(weight, null, ones(4, dtype: float64), Activation.LogCosh);
        weight.fill_(0);
        Assert.AreNotEqual(0.0, potential.Weight.abs().max().item<double>());
        Assert.HasCount(2, potential.parameters().ToList());
    }

    [TestMethod]
    public void ParametersSurviveAChangeOfTypeInsideAScope()
    {
        var potential = PotentialFamilies.Ridge(Activation.Softplus, 4);
        using (NewDisposeScope())
        {
            potential.to(float32);
        }

        using var scope = NewDisposeScope();
        using var _ = potential;
        Assert.AreEqual(float32, potential.Value(zeros(2, 3)).dtype);
        potential.Value(ones(2, 3)).sum().backward();
        Assert.IsNotNull(potential.Weight.grad);
    }

    [TestMethod]
    public void ShapesThatDisagreeAreRefused()
    {
        using var scope = NewDisposeScope();
        var (weight, bias, amplitude) = (Draw.Normal(1, 4, 3), Draw.Normal(2, 4), Draw.Normal(3, 4));
        Assert.Contains("[h, N]", Refused(() => new RidgePotential(bias, bias, amplitude, Activation.Softplus)));
        Assert.Contains("one number per row", Refused(() => new RidgePotential(weight, bias, Draw.Normal(3, 5), Activation.Softplus)));
        Assert.Contains("one number per row", Refused(() => new RidgePotential(weight, Draw.Normal(3, 5), amplitude, Activation.Softplus)));
        Assert.Contains("pass null", Refused(() => new RidgePotential(weight, bias, amplitude, Activation.LogCosh)));
        Assert.Contains("got none", Refused(() => new RidgePotential(weight, null, amplitude, Activation.Softplus)));
        Assert.Contains("one type", Refused(() => new RidgePotential(weight, bias.to(float32), amplitude, Activation.Softplus)));
    }

    [TestMethod]
    public void ConstructionFreesItsTemporaries()
    {
        using var weight = Draw.Normal(1, 4, 3);
        using var bias = Draw.Normal(2, 4);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [new RidgePotential(weight, bias, bias, Activation.Softplus)], parameters: 3);
        Leaks.AssertNone(() => [RidgePotential.AtRest(weight, Activation.Softplus, generator)], parameters: 3);
        Leaks.AssertNone(() => [new MlpPotential(3, [4, 2], Activation.LogCosh, generator)], parameters: 5);
        Leaks.AssertNone(() => [new MlpPotential(3, [4, 2], Activation.LogCosh, generator).to(float64)], parameters: 10);
        Leaks.AssertNone(() => [RidgePotential.AtRest(weight, Activation.Softplus, generator).to(float64)], parameters: 6);
    }

    private static string Refused(Func<RidgePotential> create) => Assert.ThrowsExactly<ArgumentException>(create).Message;
}
