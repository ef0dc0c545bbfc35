using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What every bijection promises.</summary>
[TestClass]
public sealed class BijectionTests
{
    private static IEnumerable<object[]> All => BijectionFamily.Names;

    private static IEnumerable<object[]> Smooth => BijectionFamily.SmoothNames;

    [TestMethod]
    [DynamicData(nameof(All))]
    public void InverseUndoesForward(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        var x = BijectionFamily.Named(name).Data(2, 50);
        Near.Assert(x, chain.Inverse(chain.Forward(x).Points).Points, 1e-10);
        using var noise = new Generator(3);
        if (chain.Bijections.All(bijection => bijection is not SmoothingBijection))
        {
            Near.Assert(x, chain.Inverse(chain.Forward(x, noise).Points).Points, 1e-10);
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void TheLogDeterminantsOfBothDirectionsCancel(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        var (y, forward) = chain.Forward(BijectionFamily.Named(name).Data(2, 50));
        var (x, inverse) = chain.Inverse(y);
        Near.Assert(forward, inverse.neg(), 1e-9);
        Near.Assert(forward, chain.Forward(x).LogDeterminant, 1e-9);
    }

    [TestMethod]
    [DynamicData(nameof(Smooth))]
    public void TheLogDeterminantsAreThoseOfTheAutogradJacobians(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        var x = BijectionFamily.Named(name).Data(2, 8);
        Check(x, point => chain.Forward(point));
        Check(chain.Forward(x).Points.detach(), chain.Inverse);
        static void Check(Tensor start, Func<Tensor, Mapped> map)
        {
            var point = start.clone().requires_grad_();
            var (image, logDeterminant) = map(point);
            var rows = Enumerable.Range(0, 3).Select(i => autograd.grad([image.select(1, i).sum()], [point], retain_graph: true)[0]).ToArray();
            Near.Assert(linalg.slogdet(stack(rows, 1)).Item2, logDeterminant, 1e-9);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Smooth))]
    public void TheLogDeterminantsAreThoseOfFiniteDifferences(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        // Kept away from the ends of the interval that the differences would leave.
        var x = BijectionFamily.Named(name).Data(2, 8);
        x = x.max().item<double>() <= 1 ? x.clamp(0.05, 0.95) : x;
        var jacobian = FiniteDifferences.Along(point => chain.Forward(point).Points, x).transpose(0, 1);
        Near.Assert(linalg.slogdet(jacobian).Item2, chain.Forward(x).LogDeterminant, 1e-6);
        var y = chain.Forward(x).Points.detach();
        var back = FiniteDifferences.Along(point => chain.Inverse(point).Points, y).transpose(0, 1);
        Near.Assert(linalg.slogdet(back).Item2, chain.Inverse(y).LogDeterminant, 1e-6);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void BeforeAFlowResultsAreFloat64OnTheCpuWithOneLogDeterminantPerRow(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        var (y, logDeterminant) = chain.Forward(BijectionFamily.Named(name).Data(2, 7).to(float32).clamp(-3, 16));
        Assert.AreEqual(float64, y.dtype);
        Assert.AreEqual(float64, logDeterminant.dtype);
        CollectionAssert.AreEqual(new long[] { 7, 3 }, y.shape);
        CollectionAssert.AreEqual(new long[] { 7 }, logDeterminant.shape);
        var (x, inverse) = chain.Inverse(y.to(float32));
        Assert.AreEqual(float64, x.dtype);
        Assert.AreEqual(float64, inverse.dtype);
        CollectionAssert.AreEqual(new long[] { 7 }, inverse.shape);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void BehindAFlowItShapesTheDensity(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        foreach (var type in new[] { float64, float32 })
        {
            var tolerance = type == float64 ? 1e-8 : 2e-3;
            var chain = BijectionFamily.Named(name).Fit();
            chain.IsPreprocessing = false;
            var potential = PotentialFamilies.Ridge(Activation.Softplus, 5, strength: 0.02);
            potential.to(type);
            using var plain = new MongeAmpereFlow(new Shared(potential), new() { Horizon = 1, Depth = 30 });
            using var flow = new MongeAmpereFlow(potential, new() { Horizon = 1, Depth = 30 }, chain);
            var x = BijectionFamily.Named(name).Data(2, 9).clamp(-5, 16);
            var (y, change) = chain.Forward(x);
            Near.Assert(plain.LogProb(y).add(change), flow.LogProb(x), 20 * tolerance);
            Assert.AreEqual(type, flow.LogProb(x).dtype);
            var drawn = flow.Sample(6, generator);
            Assert.AreEqual(type, drawn.X.dtype);
            Assert.AreEqual(type, drawn.LogProb.dtype);
            if (!BijectionFamily.Named(name).Quantised)
            {
                var z = Draw.Normal(8, 6, 3).mul(0.3);
                Near.Assert(z, flow.Encode(flow.Decode(z).X).Z, 20 * tolerance);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void ItComesBackFromAFileAtEitherEnd(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        ArcsinhBijection.Register();
        var x = BijectionFamily.Named(name).Data(2, 9);
        using var model = Models.Make(BijectionFamily.Named(name), PotentialFamilies.Ridge(Activation.Softplus, 5));
        using var loadedModel = Models.Load(Models.Bytes(model));
        Near.AssertBitEqual(model.LogProb(x), loadedModel.LogProb(x));
        using var flow = new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 5), new() { Horizon = 1, Depth = 4 }, BijectionFamily.Named(name).Fit());
        flow.Save(folder["flow"]);
        using var loaded = MongeAmpereFlow.Load(folder["flow"], CPU);
        Near.AssertBitEqual(flow.LogProb(x), loaded.LogProb(x));
        Assert.AreEqual(flow.ParameterCount, loaded.ParameterCount);
    }

    /// <summary>The copy is another's: it works on where the first is disposed, and frees what it holds.</summary>
    [TestMethod]
    [DynamicData(nameof(All))]
    public void GivenToAnotherModelItIsTheSameMap(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        ArcsinhBijection.Register();
        var family = BijectionFamily.Named(name);
        var (others, x) = (family.Data(5, 30), family.Data(2, 20));
        using var chain = family.Fit();
        var (y, logDeterminant) = chain.Forward(x);
        using var copy = BijectionChain.Fit([.. chain.Bijections.Select(BijectionFit.Given)], others, generator);
        chain.Dispose();
        var (again, logDeterminantAgain) = copy.Forward(x);
        Near.AssertBitEqual(y, again);
        Near.AssertBitEqual(logDeterminant, logDeterminantAgain);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void DirectionsAreRewrittenForTheCoordinatesOfTheFlow(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = BijectionFamily.Named(name).Fit();
        using var generator = new Generator(4);
        var directions = PotentialContext.DrawDirections(chain, new RandomDirections(), 5, 3, generator);
        CollectionAssert.AreEqual(new long[] { 5, 3 }, directions.shape);
        if (chain.Bijections.Count > 0 && chain.InputScale() is { } scale)
        {
            // w·x and w'·y differ by a constant, and w has entries in units of the features' deviations.
            using var same = new Generator(4);
            var original = new RandomDirections().Draw(5, scale, same);
            var x = BijectionFamily.Named(name).Data(2, 6);
            var difference = x.mm(original.t()).sub(chain.Forward(x).Points.mm(directions.t()));
            Near.Assert(difference[0].expand(6, 5), difference, 1e-10);
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void EveryOperationFreesItsTensors(string name)
    {
        var family = BijectionFamily.Named(name);
        using var data = family.Data(1, 60);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [BijectionChain.Fit(family.Fits, data, generator)], family.Parameters);
        using var chain = BijectionChain.Fit(family.Fits, data, generator);
        Leaks.AssertNone(() => [chain.Forward(data)]);
        Leaks.AssertNone(() => [chain.Forward(data, generator)]);
        using var image = chain.Forward(data).Points;
        Leaks.AssertNone(() => [chain.Inverse(image)]);
        Leaks.AssertNone(() => [PotentialContext.DrawDirections(chain, new FeatureSubsets(), 4, 3, generator)]);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void RowsWithMissingValuesAreNamedWhenFitting(string name)
    {
        using var scope = NewDisposeScope();
        var data = BijectionFamily.Named(name).Data(1, 20);
        data[7, 1] = tensor(double.NaN);
        using var generator = new Generator(1);
        var error = Assert.ThrowsExactly<ArgumentException>(() => BijectionChain.Fit(BijectionFamily.Named(name).Fits, data, generator));
        Assert.Contains("got NaN or infinity in 1 places, first in row 7; remove or replace", error.Message);
    }

    /// <summary>Another flow's potential, which that flow disposes.</summary>
    private sealed class Shared(Potential inner) : Potential("shared", inner.Dimension)
    {
        protected internal override Tensor Evaluate(Tensor x, double time) => inner.Value(x.to(inner.parameters().First().dtype), time);
    }
}
