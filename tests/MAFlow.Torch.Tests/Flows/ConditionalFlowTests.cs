using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A density for each context: what every conditional potential promises.</summary>
[TestClass]
public sealed class ConditionalFlowTests
{
    private const long Rows = 4;

    private static IEnumerable<object[]> Families => ConditionalFlows.Names;

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void EachRowHasTheFlowOfItsOwnContext(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family);
        var (context, x) = (Contexts(), Points());
        var flow = conditional.Given(context);
        var (encoded, decoded) = (flow.Encode(x), flow.Decode(x));
        Assert.AreEqual((ConditionalFlows.Dimension, ConditionalFlows.ContextDimension), (conditional.Dimension, conditional.ContextDimension));
        Assert.AreEqual(conditional.Depth, flow.Depth);
        for (var row = 0L; row < Rows; row++)
        {
            using var single = new MongeAmpereFlow(ConditionalFlows.Expected(conditional.Potential, context[row]), conditional.Options);
            var point = x.narrow(0, row, 1);
            Near.Assert(single.Encode(point).Z, encoded.Z.narrow(0, row, 1), 1e-12);
            Near.Assert(single.LogProb(point), encoded.LogProb.narrow(0, row, 1), 1e-12);
            Near.Assert(single.Decode(point).X, decoded.X.narrow(0, row, 1), 1e-12);
            Near.Assert(single.Decode(point).LogProb, decoded.LogProb.narrow(0, row, 1), 1e-12);
            Near.Assert(single.KineticEnergy(point), flow.KineticEnergy(x).narrow(0, row, 1), 1e-12);
        }

        Assert.IsGreaterThan(1e-2, Near.Difference(encoded.LogProb, conditional.Given(context.flip(0)).LogProb(x)), "The context matters.");
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void ToleranceRespectsContextsWhereRowsFinishAtDifferentDepths(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family);
        var (context, x) = (Draw.Normal(1, 40, ConditionalFlows.ContextDimension).mul(2), Draw.Normal(2, 40, ConditionalFlows.Dimension).mul(3));
        var solution = conditional.Given(context).EncodeToTolerance(x, 1e-9);
        Assert.IsTrue(solution.IsConverged.all().item<bool>());
        Near.IsBelow(solution.Depth.max().item<long>(), solution.Depth.min().item<long>(), "Rows differ in what they need, or the test shows nothing.");
        using var _ = no_grad();
        var exact = conditional.Given(context).At(600).Encode(x);
        Near.Assert(exact.LogProb, solution.LogProb, 2e-9);
        Near.Assert(exact.Z, solution.Z, 1e-8);
        for (var row = 0L; row < 40; row += 7)
        {
            var alone = conditional.Given(context.narrow(0, row, 1)).EncodeToTolerance(x.narrow(0, row, 1), 1e-9);
            Assert.AreEqual(alone.Depth.item<long>(), solution.Depth[row].item<long>());
            Assert.AreEqual(alone.LogProb.item<double>(), solution.LogProb[row].item<double>(), 1e-11);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void GradientsByEveryParameterAndByTheContextEqualFiniteDifferences(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family, new() { Horizon = 1, Depth = 3 });
        var (x, context) = (Points(), new TorchSharp.Modules.Parameter(Contexts()));
        Tensor Loss()
        {
            var encoded = conditional.Given(context).Encode(x);
            return encoded.LogProb.mean().neg().add(encoded.Z.sin().sum());
        }

        Loss().backward();
        foreach (var (name, parameter) in conditional.NamedParameters().Append(("context", context)))
        {
            using var inner = NewDisposeScope();
            Assert.IsGreaterThan(0, parameter.grad!.abs().max().item<double>(), name);
            Near.Assert(FiniteDifferences.OfParameter(() => Loss().item<double>(), parameter), parameter.grad!, 1e-6, name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void RecomputingAndReversingGiveTheSameGradients(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family);
        var x = Points();
        var plain = conditional.Given(Contexts());
        foreach (var options in new[]
            {
                plain.Options, plain.Options with { Recompute = true },
                plain.Options with { Integrator = new Reversible(ExplicitRungeKutta.Classic) }, plain.Options with { Integrator = new ImplicitMidpoint(), Recompute = true },
            })
        {
            foreach (var (expected, actual) in Gradients(options, twice: true).Zip(Gradients(options, twice: false)))
            {
                Near.Assert(expected, actual, 1e-9 * Math.Max(1, expected.abs().max().item<double>()), $"{options.Integrator}, {options.Recompute}");
            }
        }

        Tensor[] Gradients(MongeAmpereFlowOptions options, bool twice)
        {
            var context = Contexts().requires_grad_();
            var solution = conditional.Given(context).With(options).EncodeFully(x, null, twiceDifferentiable: twice);
            var loss = solution.LogProb.mul(Draw.Normal(9, Rows)).sum().add(solution.Points.cos().sum());
            return [.. autograd.grad([loss], [context, .. conditional.NamedParameters().Select(parameter => parameter.Parameter)])];
        }
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void WhatDoesNotFitIsRefused(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family);
        var flow = conditional.Given(Contexts());
        using var generator = new Generator(1);
        foreach (var wrong in (Action[])
            [
                () => flow.LogProb(Draw.Normal(1, 3, 3)), () => flow.Decode(Draw.Normal(1, 5, 3)), () => flow.Sample(1, generator), () => flow.EncodeToTolerance(Draw.Normal(1, 3, 3), 1e-3),
                () => flow.EncodeTrajectory(Draw.Normal(1, 3, 3), 2),
            ])
        {
            Assert.Contains("one for each context that the flow was given", Assert.ThrowsExactly<ArgumentException>(wrong).Message);
        }

        Assert.AreEqual(Rows, flow.Sample(Rows, generator).X.shape[0]);
        Assert.Contains("[B, 2]", Assert.ThrowsExactly<ArgumentException>(() => conditional.Given(Draw.Normal(1, 4, 3))).Message);
        Assert.Contains("[B, 2]", Assert.ThrowsExactly<ArgumentException>(() => conditional.Given(Draw.Normal(1, 4))).Message);
    }

    [TestMethod]
    public void AnotherHorizonOrDimensionIsRefused()
    {
        using var scope = NewDisposeScope();
        using var piecewise = ConditionalFlows.Potential("piecewise");
        Assert.Contains("Expected the horizon 1", Assert.ThrowsExactly<ArgumentException>(() => new ConditionalFlow(piecewise, new() { Horizon = 4 })).Message);
        using var flow = new ConditionalFlow(piecewise);
        Assert.AreEqual(1.0, flow.Options.Horizon);
        using var nested = new ConditionalPiecewisePotential(2, [ConditionalFlows.Potential("linear")]);
        Assert.Contains("horizon 1", Assert.ThrowsExactly<ArgumentException>(() => new ConditionalPiecewisePotential(1, [nested])).Message);
        Assert.Contains("one dimension", Assert.ThrowsExactly<ArgumentException>(() => new ConditionalPiecewisePotential(1, [])).Message);
        using var bijection = new CirculantGaussianMap(Lattice.Square(2), [1, 1, 1, 1]);
        Assert.ThrowsExactly<ArgumentException>(() => new ConditionalFlow(ConditionalFlows.Potential("linear"), null, bijection));
        var even = Assert.ThrowsExactly<ArgumentException>(() => new ConditionalRidgePotential(
            Draw.Normal(1, 4, 3), Draw.Normal(2, 4), Draw.Normal(3, 4), Draw.Normal(4, 4, 2), Activation.LogCosh));
        Assert.Contains("even activation", even.Message);
        var shapes = Assert.ThrowsExactly<ArgumentException>(() => new ConditionalRidgePotential(
            Draw.Normal(1, 4, 3), Draw.Normal(2, 4), Draw.Normal(3, 4), Draw.Normal(4, 5, 2), Activation.Softplus));
        Assert.Contains("[4, C]", shapes.Message);
    }

    [TestMethod]
    public void TheDepthIsThatOfEveryPiece()
    {
        using var conditional = ConditionalFlows.Create("piecewise", new() { Depth = 4 });
        Assert.AreEqual(6, conditional.Depth);
        conditional.Refine(10);
        using var scope = NewDisposeScope();
        var flow = conditional.Given(Contexts());
        Assert.AreEqual((12, 12, 24), (conditional.Depth, flow.Depth, flow.At(2 * flow.Depth).Depth));
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void ASavedFlowIsTheSameForEveryContext(string family)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var conditional = new ConditionalFlow(
            ConditionalFlows.Potential(family), new() { Horizon = 1, Depth = 6, Integrator = new ImplicitMidpoint(4) }, new ArcsinhBijection(Draw.Normal(3, 3).mul(0.1)));
        ArcsinhBijection.Register();
        conditional.Save(folder["flow"]);
        using var loaded = ConditionalFlow.Load(folder["flow"]);
        var (context, x) = (Contexts(), Points());
        Near.AssertBitEqual(conditional.Given(context).LogProb(x), loaded.Given(context).LogProb(x));
        Assert.AreEqual((conditional.Depth, conditional.Options.Integrator.ToString()), (loaded.Depth, loaded.Options.Integrator.ToString()));
        CollectionAssert.AreEqual(
            conditional.NamedParameters().Select(parameter => parameter.Name).ToList(), loaded.NamedParameters().Select(parameter => parameter.Name).ToList());
        Assert.Contains("maflow-conditional", Assert.ThrowsExactly<FormatException>(() => MongeAmpereFlow.Load(folder["flow"])).Message);
        using var other = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 3));
        other.Save(folder["other"]);
        Assert.Contains("a conditional flow", Assert.ThrowsExactly<FormatException>(() => ConditionalFlow.Load(folder["other"])).Message);
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void ItMovesToAnotherType(string family)
    {
        using var scope = NewDisposeScope();
        using var conditional = ConditionalFlows.Create(family);
        var (context, x) = (Contexts(), Points());
        using var expected = conditional.Given(context).LogProb(x).detach();
        conditional.Potential.to(ScalarType.Float32);
        var single = conditional.Given(context).LogProb(x);
        Assert.AreEqual(float32, single.dtype);
        Near.Assert(expected, single, 1e-4);
        single.sum().backward();
        Assert.IsTrue(conditional.NamedParameters().All(parameter => parameter.Parameter.grad?.dtype == float32));
    }

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void EveryOperationFreesItsTensors(string family)
    {
        using var conditional = ConditionalFlows.Create(family);
        using var context = Contexts();
        using var x = Points();
        using var generator = new Generator(1);
        using var _ = no_grad();
        void Within(Action<MongeAmpereFlow> use)
        {
            using var scope = NewDisposeScope();
            use(conditional.Given(context));
        }

        Within(flow => flow.Encode(x));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Within(flow => flow.Encode(x));
        Within(flow => flow.Decode(x));
        Within(flow => flow.Sample(Rows, generator));
        Within(flow => flow.EncodeToTolerance(x, 1e-3));
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    public void ADisposedFlowSaysSoAndLetsWhatIsUnderWayEnd()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var conditional = ConditionalFlows.Create("hidden layer");
        var flow = conditional.Given(Contexts());
        var parameters = conditional.Potential.parameters().ToList();
        conditional.Dispose();
        conditional.Dispose();
        Assert.IsTrue(parameters.All(parameter => parameter.IsInvalid));
        foreach (var use in (Action[])[() => conditional.Given(Contexts()), () => flow.LogProb(Points()), () => flow.At(3).Decode(Points()), () => conditional.Save(folder["flow"])])
        {
            Assert.ThrowsExactly<ObjectDisposedException>(use);
        }
    }

    private static Tensor Contexts() => Draw.Normal(71, Rows, ConditionalFlows.ContextDimension);

    private static Tensor Points() => Draw.Normal(72, Rows, ConditionalFlows.Dimension);
}
