using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>The score ∇ₓ ln p that comes with decoded points, in closed form or by autograd.</summary>
[TestClass]
public sealed class FlowScoreTests
{
    private const ulong Seed = 5;

    private static readonly Integrator _fifthOrder = new ExplicitRungeKutta(ButcherTableau.DormandPrince5);

    private static IEnumerable<object[]> Families => PotentialFamilies.Names.Select(name => name[0]).Append("lattice ridge after a circulant map").Select(name => new[] { name });

    private static IEnumerable<object[]> ClosedForms =>
    [
        ["ridge softplus, narrow"], ["ridge softplus, wide"], ["ridge ln cosh, narrow"], ["ridge ln cosh, wide"],
        ["piecewise ridge"], ["ridge under a sampled element"], ["lattice ridge after a circulant map"],
    ];

    /// <summary>Where both have converged: a closed form carries the score by an equation of its own.</summary>
    [TestMethod]
    [DynamicData(nameof(Families))]
    public void PointsDensitiesAndScoresAreThoseOfDecodeAndAutograd(string family)
    {
        using var scope = NewDisposeScope();
        using var flow = Flow(family, new() { Horizon = 1, Depth = 30, Integrator = _fifthOrder });
        var z = Draw.Normal(3, 4, flow.Dimension);
        var state = flow.DecodeWithScore(z, Seed);
        using var generator = new Generator(Seed);
        var decoded = flow.Decode(z, generator);
        Near.Assert(decoded.X, state.X, 1e-12);
        Near.Assert(decoded.LogProb, state.LogProb, 1e-11);
        Near.Assert(Autograd(flow, state.X), state.Score, 1e-8);
        Assert.IsGreaterThan(1e-3, state.Score.abs().max().item<double>());
    }

    [TestMethod]
    [DynamicData(nameof(ClosedForms))]
    public void AClosedFormConvergesWithTheOrderOfTheIntegrator(string family)
    {
        using var scope = NewDisposeScope();
        var z = Draw.Normal(4, 6, Flow(family, new() { Horizon = 1 }).Dimension);
        foreach (var tableau in new[] { ButcherTableau.Heun, ButcherTableau.RungeKutta4 })
        {
            using var flow = Flow(family, new() { Horizon = 1, Integrator = new ExplicitRungeKutta(tableau) });
            double Error(int depth)
            {
                var state = flow.At(depth).DecodeWithScore(z, Seed);
                // Where the points themselves end, so that the error is that of the score alone.
                return Near.Difference(Autograd(flow.With(flow.Options with { Depth = 240, Integrator = _fifthOrder }), state.X), state.Score);
            }

            var order = Math.Log2(Error(12) / Error(24));
            Assert.IsInRange(tableau.Order - 0.4, tableau.Order + 1.3, order, $"{tableau}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void NothingIsRecordedAndNothingIsLeftBehind(string family)
    {
        using var flow = Flow(family, new() { Horizon = 1, Depth = 3 });
        using var z = Draw.Normal(5, 3, flow.Dimension);
        using (var scope = NewDisposeScope())
        {
            var state = flow.DecodeWithScore(z, Seed);
            Assert.IsFalse(state.X.requires_grad || state.LogProb.requires_grad || state.Score.requires_grad);
            Assert.IsTrue(flow.NamedParameters().All(parameter => parameter.Parameter.grad is null), "Scores belong to points, not to parameters.");
        }

        if (family is "linear" or "constant")
        {
            // An undefined gradient holds nothing, yet is counted for ever.
            return;
        }

        Leaks.AssertNone(() => flow.DecodeWithScore(z, Seed) is var state ? [state.X, state.LogProb, state.Score] : []);
    }

    [TestMethod]
    public void AConditionalFlowHasTheScoresOfItsRows()
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create("hidden layer", new() { Horizon = 1, Depth = 30, Integrator = _fifthOrder });
        var flow = conditional.Given(Draw.Normal(6, 4, ConditionalFlows.ContextDimension));
        var state = flow.DecodeWithScore(Draw.Normal(7, 4, ConditionalFlows.Dimension), Seed);
        Near.Assert(Autograd(flow, state.X), state.Score, 1e-8);
    }

    private static MongeAmpereFlow Flow(string family, MongeAmpereFlowOptions options)
    {
        if (family != "lattice ridge after a circulant map")
        {
            return new(PotentialFamilies.Create(family), options);
        }

        using var generator = new Generator(8);
        var lattice = new Lattice(Boundary.Periodic, 2, 3);
        return new(
            LatticeRidgePotentialTests.RandomPotential(lattice, generator), options, new CirculantGaussianMap(lattice, [1.2, 0.7, 0.7, 1.9, 1.1, 1.1], ScalarType.Float64));
    }

    private static Tensor Autograd(MongeAmpereFlow flow, Tensor x)
    {
        using var generator = new Generator(Seed);
        var point = x.detach().clone().requires_grad_();
        return autograd.grad([flow.LogProb(point, generator).sum()], [point])[0].detach();
    }
}
