using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A potential that is made for a horizon belongs to flows of that horizon, however it is wrapped.</summary>
[TestClass]
public sealed class HorizonTests
{
    private static readonly Dictionary<string, Func<Potential>> _families = new()
    {
        ["piecewise"] = Piecewise,
        ["piecewise of piecewise"] = () => new PiecewisePotential(1.5, [Piecewise(), PotentialFamilies.Ridge(Activation.Softplus, 4, seed: 31)]),
        ["averaged"] = () => new SymmetrizedPotential(Piecewise(), SymmetryGroup.SignFlip(3)),
        ["sampled"] = () => new SampledSymmetryPotential(Piecewise(), SymmetryGroup.Permutations(3), 0.5),
        ["of a user"] = () => new ValueOnly(Piecewise()),
    };

    private static IEnumerable<object[]> Names => _families.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void AFlowOfAnotherHorizonIsRefusedAndOneWithoutTakesIt(string family)
    {
        using var scope = NewDisposeScope();
        using var potential = _families[family]();
        foreach (var wrong in new[] { 4, 0.5, 1.4999 })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => new MongeAmpereFlow(potential, new() { Horizon = wrong }));
            Assert.Contains("Expected the horizon 1.5", error.Message);
            Assert.Contains("leave Horizon out", error.Message);
        }

        using var flow = new MongeAmpereFlow(potential, new() { Depth = 7 });
        Assert.AreEqual(1.5, flow.Options.Horizon);
        Assert.AreEqual(1.5, flow.At(3).Grid().End);
        Assert.AreEqual(1.5, new MongeAmpereFlow(potential, new() { Horizon = 1.5 }).Options.Horizon);
    }

    [TestMethod]
    public void PartsForAnotherHorizonAreRefused()
    {
        using var part = Piecewise();
        Assert.Contains("horizon 3", Assert.ThrowsExactly<ArgumentException>(() => new PiecewisePotential(3, [part])).Message);
    }

    /// <summary>Every part of a wrapped potential has its full share of the time, so that each has a gradient.</summary>
    [TestMethod]
    [DataRow("piecewise")]
    [DataRow("averaged")]
    [DataRow("sampled")]
    [DataRow("of a user")]
    public void EveryPartIsReached(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = new MongeAmpereFlow(_families[family](), new() { Depth = 1 });
        flow.LogProb(Draw.Normal(1, 4, 3)).sum().backward();
        Assert.IsTrue(flow.NamedParameters().All(parameter => parameter.Parameter.grad is { } gradient && gradient.abs().max().item<double>() > 0));
    }

    private static PiecewisePotential Piecewise() =>
        new(1.5, [PotentialFamilies.Ridge(Activation.Softplus, 4), PotentialFamilies.Ridge(Activation.Softplus, 5, seed: 51)]);
}
