using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class DensityModelOptionsTests
{
    [TestMethod]
    public void AnyPotentialCanBeAskedFor()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = Draw.Correlated(1, 200);
        using var model = new DensityModelOptions
        {
            Potential = context => new MlpPotential(context.Dimension, [6, 4], Activation.LogCosh, context.Generator, readoutScale: 0), DataType = ScalarType.Float64,
        }.Build(data, generator);
        Assert.IsInstanceOfType<MlpPotential>(model.Flow.Potential);
        Assert.AreEqual(float64, model.DataType, "It is converted.");
        using var parts = new DensityModelOptions
        {
            Parts = 3, Flow = new() { Horizon = 2, Depth = 6 }, DataType = ScalarType.Float64,
            Potential = context => RidgePotential.AtRest(context.DrawDirections(5), Activation.LogCosh, context.Generator, dtype: context.DataType),
        }.Build(data, generator);
        Assert.HasCount(3, ((PiecewisePotential)parts.Flow.Potential).Parts);
        using var gaussian = new DensityModelOptions { HiddenUnits = 1, DataType = ScalarType.Float64 }.Build(data, generator);
        // At rest all are the density of the bijections.
        Near.Assert(gaussian.LogProb(data), parts.LogProb(data), 1e-9);
        Near.Assert(gaussian.LogProb(data), model.LogProb(data), 1e-9);
    }

    [TestMethod]
    public void APotentialThatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = Draw.Correlated(1, 50);
        DensityModel Build(Func<PotentialContext, Potential> potential) => new DensityModelOptions { Potential = potential }.Build(data, generator);
        Assert.Contains("Expected a potential on 3 coordinates from the option Potential, got one on 2",
            Assert.ThrowsExactly<ArgumentException>(() => Build(_ => new QuadraticPotential(2, 1))).Message);
        Assert.Contains("got null", Assert.ThrowsExactly<ArgumentException>(() => Build(_ => null!)).Message);
    }

    [TestMethod]
    public void AFitAndABijectionOfAUserServeAsPreprocessing()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        ArcsinhBijection.Register();
        var data = Draw.Correlated(1, 200);
        using var model = new DensityModelOptions { Bijections = [new ArcsinhFit(), new Standardization()], HiddenUnits = 4 }.Build(data, generator);
        using var loaded = Models.Load(Models.Bytes(model));
        Near.AssertBitEqual(model.LogProb(data), loaded.LogProb(data));
        Near.Assert(data, model.Decode(model.Encode(data).Z), 1e-4);
        // A chain of a user's own is preprocessing too: float64 on the CPU where rows enter.
        using var own = new DensityModel(
            new BijectionChain(new ArcsinhBijection(zeros(3))), new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 4), new() { Horizon = 1, Depth = 2 }));
        Assert.AreEqual(float64, own.Preprocessing.Forward(data.to(float32)).Points.dtype);
    }
}
