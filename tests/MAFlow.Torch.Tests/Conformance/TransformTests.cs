using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What every chain of transforms promises.</summary>
[TestClass]
public sealed class TransformTests
{
    private static IEnumerable<object[]> All => TransformRecipe.Names;

    private static IEnumerable<object[]> Smooth => TransformRecipe.SmoothNames;

    [TestMethod]
    [DynamicData(nameof(All))]
    public void InverseUndoesForward(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = TransformRecipe.Named(name).Fit();
        var x = TransformRecipe.Named(name).Data(2, 50);
        Near.Assert(x, chain.Inverse(chain.Forward(x).Y), 1e-10);
        using var noise = new Generator(3);
        Near.Assert(x, chain.Inverse(chain.Forward(x, noise).Y), 1e-10);
    }

    [TestMethod]
    [DynamicData(nameof(Smooth))]
    public void TheLogDeterminantIsThatOfTheAutogradJacobian(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = TransformRecipe.Named(name).Fit();
        var x = TransformRecipe.Named(name).Data(2, 8).requires_grad_();
        var (y, logDeterminant) = chain.Forward(x);
        var rows = Enumerable.Range(0, 3).Select(i => autograd.grad([y.select(1, i).sum()], [x], retain_graph: true)[0]).ToArray();
        Near.Assert(linalg.slogdet(stack(rows, 1)).Item2, logDeterminant, 1e-10);
    }

    [TestMethod]
    [DynamicData(nameof(Smooth))]
    public void TheLogDeterminantIsThatOfFiniteDifferences(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = TransformRecipe.Named(name).Fit();
        // Kept away from the ends of the interval that the differences would leave.
        var x = TransformRecipe.Named(name).Data(2, 8);
        x = x.max().item<double>() <= 1 ? x.clamp(0.05, 0.95) : x;
        var jacobian = FiniteDifferences.Along(point => chain.Forward(point).Y, x).transpose(0, 1);
        Near.Assert(linalg.slogdet(jacobian).Item2, chain.Forward(x).LogDeterminant, 1e-6);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void ResultsAreFloat64OnTheCpuWithOneLogDeterminantPerRow(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = TransformRecipe.Named(name).Fit();
        var (y, logDeterminant) = chain.Forward(TransformRecipe.Named(name).Data(2, 7).to(float32).clamp(-3, 16));
        Assert.AreEqual(float64, y.dtype);
        Assert.AreEqual(float64, logDeterminant.dtype);
        CollectionAssert.AreEqual(new long[] { 7, 3 }, y.shape);
        CollectionAssert.AreEqual(new long[] { 7 }, logDeterminant.shape);
        Assert.AreEqual(float64, chain.Inverse(y.to(float32)).dtype);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void DirectionsAreRewrittenForTheCoordinatesOfTheFlow(string name)
    {
        using var scope = NewDisposeScope();
        using var chain = TransformRecipe.Named(name).Fit();
        using var generator = new Generator(4);
        var directions = chain.DrawDirections(new RandomDirections(), 5, 3, generator);
        CollectionAssert.AreEqual(new long[] { 5, 3 }, directions.shape);
        if (chain.Transforms.All(transform => transform.InputScale() is not null) && chain.Transforms.Count > 0)
        {
            // w·x and w'·y differ by a constant, and w has entries in units of the features' deviations.
            using var same = new Generator(4);
            var original = new RandomDirections().Draw(5, chain.Transforms[0].InputScale()!, same);
            var x = TransformRecipe.Named(name).Data(2, 6);
            var difference = x.mm(original.t()).sub(chain.Forward(x).Y.mm(directions.t()));
            Near.Assert(difference[0].expand(6, 5), difference, 1e-10);
        }
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void EveryOperationFreesItsTensors(string name)
    {
        var recipe = TransformRecipe.Named(name);
        using var data = recipe.Data(1, 60);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [PreprocessingChain.Fit(recipe.Steps, data, generator)]);
        using var chain = PreprocessingChain.Fit(recipe.Steps, data, generator);
        Leaks.AssertNone(() => chain.Forward(data) is var (y, change) ? [y, change] : []);
        Leaks.AssertNone(() => chain.Forward(data, generator) is var (y, change) ? [y, change] : []);
        using var image = chain.Forward(data).Y;
        Leaks.AssertNone(() => [chain.Inverse(image)]);
        Leaks.AssertNone(() => [chain.DrawDirections(new FeatureSubsets(), 4, 3, generator)]);
    }

    [TestMethod]
    [DynamicData(nameof(All))]
    public void RowsWithMissingValuesAreNamedWhenFitting(string name)
    {
        using var scope = NewDisposeScope();
        var data = TransformRecipe.Named(name).Data(1, 20);
        data[7, 1] = tensor(double.NaN);
        using var generator = new Generator(1);
        var error = Assert.ThrowsExactly<ArgumentException>(() => PreprocessingChain.Fit(TransformRecipe.Named(name).Steps, data, generator));
        Assert.Contains("got NaN or infinity in 1 places, first in row 7; remove or replace", error.Message);
    }
}
