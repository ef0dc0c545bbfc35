using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class DensityModelTests
{
    private static DensityModel OneDimensional(BijectionFit[] steps, Tensor data)
    {
        using var generator = new Generator(1);
        return new(
            BijectionChain.Fit(steps, data, generator),
            new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 5, dimension: 1), new() { Horizon = 1, Depth = 20 }));
    }

    [TestMethod]
    public void DensitiesIntegrateToOneOverTheDataAxis()
    {
        using var scope = NewDisposeScope();
        var data = Draw.Normal(1, 200, 1).mul(30).add(100);
        foreach (var steps in new BijectionFit[][] { [new Standardization()], [new AffineGaussianization()], [] })
        {
            using var model = OneDimensional(steps, steps.Length == 0 ? Draw.Normal(1, 200, 1) : data);
            var (low, high) = steps.Length == 0 ? (-30, 30) : (-900, 1100);
            var x = linspace(low, high, 20001, dtype: float64).unsqueeze(1);
            Assert.AreEqual(1.0, model.LogProb(x).exp().sum().item<double>() * (high - low) / 20000.0, 1e-4);
        }
    }

    [TestMethod]
    public void DensitiesOfTheUnitIntervalIntegrateToOneExceptForTheFlowBeyondItsEnds()
    {
        using var scope = NewDisposeScope();
        using var model = OneDimensional([new Logit(1e-12), new Standardization()], Draw.Uniform(1, 200, 1));
        const int cells = 200000;
        var x = arange(cells, dtype: float64).add(0.5).div(cells).unsqueeze(1);
        Assert.AreEqual(1.0, model.LogProb(x).exp().mean().item<double>(), 1e-3);
    }

    [TestMethod]
    public void BinAveragedDensitiesOfLevelsSumToOne()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        using var model = OneDimensional([new UniformDequantization(9, 0.5, 2), new Logit(1e-9), new Standardization()], Draw.Levels(1, 9, 300, 1).mul(0.5).add(2));
        var x = arange(9, dtype: float64).mul(0.5).add(2).repeat_interleave(4000).unsqueeze(1);
        var (y, change) = model.Preprocessing.Forward(x, generator);
        using var _ = no_grad();
        // The mean over the noise of a bin, times the bin width, is the probability of its level.
        var probabilities = model.Flow.LogProb(y).add(change).exp().view(9, 4000).mean([1L]).mul(0.5);
        Assert.IsGreaterThan(0.02, probabilities.std().item<double>(), "The levels are not equally probable.");
        Assert.AreEqual(1.0, probabilities.sum().item<double>(), 0.02);
    }

    [TestMethod]
    [DynamicData(nameof(Recipes))]
    public void LogDensitiesAddTheJacobianToTheFlow(string recipe)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make(recipe);
        var x = BijectionFamily.Named(recipe).Data(3, 12);
        var (y, change) = model.Preprocessing.Forward(x);
        Near.Assert(model.Flow.LogProb(y).add(change), model.LogProb(x), 1e-12);
        Near.Assert(model.Flow.Encode(y).Z, model.Encode(x).Z, 1e-12);
        Assert.IsFalse(model.LogProb(x).requires_grad);
        Near.AssertBitEqual(model.LogProb(x), model.LogProb(x));
    }

    [TestMethod]
    [DynamicData(nameof(Recipes))]
    public void DecodeUndoesEncode(string recipe)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make(recipe);
        var x = BijectionFamily.Named(recipe).Data(3, 12);
        var deep = model.At(60);
        Near.Assert(x, deep.Decode(deep.Encode(x).Z), 1e-6);
    }

    [TestMethod]
    public void SamplesAreRowsInOriginalUnits()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make();
        using var generator = new Generator(1);
        var sample = model.Sample(40, generator);
        Assert.AreEqual(float64, sample.dtype);
        Near.Assert(sample.round().clamp(0, 16), sample, 0);
        Assert.IsTrue(model.LogProb(sample).isfinite().all().item<bool>());
    }

    [TestMethod]
    public void EvaluateIsTheMeanOverRowsWhateverTheBatch()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make();
        var x = BijectionFamily.Named("image").Data(3, 50);
        var nll = model.LogProb(x).neg();
        foreach (var batch in new[] { 1, 7, 50, 1000 })
        {
            var summary = model.Evaluate(x, batch);
            Assert.AreEqual(50, summary.Rows);
            Assert.AreEqual(nll.mean().item<double>(), summary.MeanNll, 1e-10);
            Assert.AreEqual(nll.std(unbiased: false).item<double>() / Math.Sqrt(50), summary.StandardError, 1e-9);
        }

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Evaluate(x, 0));
        Assert.ThrowsExactly<OperationCanceledException>(() => model.Evaluate(x, cancellationToken: new CancellationToken(true)));
    }

    [TestMethod]
    public void RowsThatCannotBeScoredAreRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Make("standardization");
        var x = Draw.Normal(1, 4, 3);
        Assert.Contains("[B, 3]", Assert.ThrowsExactly<ArgumentException>(() => model.LogProb(Draw.Normal(1, 4, 2))).Message);
        x[2, 0] = tensor(double.PositiveInfinity);
        Assert.Contains("first in row 2", Assert.ThrowsExactly<ArgumentException>(() => model.LogProb(x)).Message);
        Assert.ThrowsExactly<ArgumentException>(() => model.Decode(Draw.Normal(1, 4, 2)));
    }

    [TestMethod]
    public void EveryOperationFreesItsTensors()
    {
        using var model = Models.Make();
        using var x = BijectionFamily.Named("image").Data(1, 6);
        using var z = Draw.Normal(1, 6, 3);
        using var generator = new Generator(1);
        Leaks.AssertNone(() => [model.LogProb(x)]);
        Leaks.AssertNone(() => [model.Encode(x)]);
        Leaks.AssertNone(() => [model.Decode(z)]);
        Leaks.AssertNone(() => [model.Sample(3, generator)]);
        Leaks.AssertNone(() => model.Evaluate(x, 4).Rows == 6 ? [] : throw new InvalidOperationException());
        Leaks.AssertNone(() => [new DensityModelOptions { HiddenUnits = 3, Bijections = BijectionFamily.Named("image").Fits }.Build(x, generator)], parameters: 3);
        Leaks.AssertNone(() => [new DensityModelOptions { HiddenUnits = 3, Parts = 2, Bijections = BijectionFamily.Named("image").Fits }.Build(x, generator)], parameters: 6);
        var bytes = Models.Bytes(model);
        Leaks.AssertNone(() => Models.Bytes(model).Length > 0 ? [] : throw new InvalidOperationException());
        Leaks.AssertNone(() => [Models.Load(bytes)], parameters: 3);
    }

    [TestMethod]
    public void ARecipeInPartsStartsAtRestWithDirectionsOfItsOwnInEach()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var data = Draw.Normal(1, 200, 4);
        using var model = new DensityModelOptions { HiddenUnits = 5, Parts = 3, Flow = new() { Horizon = 2, Depth = 6 } }.Build(data, generator);
        var parts = ((PiecewisePotential)model.Flow.Potential).Parts.Cast<RidgePotential>().ToList();
        Assert.HasCount(3, parts);
        Assert.IsFalse(parts[0].Weight.allclose(parts[1].Weight));
        Assert.IsFalse(parts[1].Weight.allclose(parts[2].Weight));
        using var generatorOfOne = new Generator(3);
        using var one = new DensityModelOptions { HiddenUnits = 5, Flow = new() { Horizon = 2, Depth = 6 } }.Build(data, generatorOfOne);
        Assert.IsTrue(model.LogProb(data).allclose(one.LogProb(data), 1e-6, 1e-6));
    }

    private static IEnumerable<object[]> Recipes => BijectionFamily.Names;
}
