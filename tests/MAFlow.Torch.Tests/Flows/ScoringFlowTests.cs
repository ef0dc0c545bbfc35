using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A density model scores with the whole of its flow, whatever options it was trained with.</summary>
[TestClass]
public sealed class ScoringFlowTests
{
    [TestMethod]
    public void AFinalMapBelongsToTheDensity()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var lattice = Lattice.Square(3);
        var eigenvalues = Enumerable.Range(1, 9).Select(value => 1 + (0.2 * value));
        using var flow = new MongeAmpereFlow(
            LatticeRidgePotential.AtRest(lattice, 1, generator, dtype: ScalarType.Float64),
            new() { Horizon = 1, Depth = 3 },
            new CirculantGaussianMap(lattice, [.. eigenvalues], ScalarType.Float64));
        using var model = new DensityModel(BijectionChain.Fit([], Draw.Normal(1, 20, 9), generator), flow);
        using var _ = no_grad();
        var z = Draw.Normal(2, 5, 9);
        var decoded = flow.Decode(z);
        Assert.IsTrue(model.Decode(z).allclose(decoded.X, 1e-12, 1e-12));
        Assert.IsTrue(model.Encode(decoded.X).Z.allclose(z, 1e-9, 1e-9));
        Assert.IsTrue(model.LogProb(decoded.X).allclose(decoded.LogProb, 1e-9, 1e-9));
        Assert.AreEqual(flow.ParameterCount, model.Flow.ParameterCount);
    }

    [TestMethod]
    public void GradientsOfTheScoreAreThoseOfTheScoreAlsoAfterTrainingWithAnEstimatedLaplacian()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        using var model = new DensityModel(
            BijectionChain.Fit([new Standardization()], Draw.Normal(1, 50, 2), generator),
            new MongeAmpereFlow(
                new MlpPotential(2, [4], Activation.Softplus, generator, 0.5),
                new() { Horizon = 1, Depth = 3, Laplacian = new HutchinsonLaplacian() }));
        model.Flow.Potential.to(ScalarType.Float64);
        var x = Draw.Normal(5, 4, 2);
        var gradient = model.ScoreGradient(x);
        const double step = 1e-5;
        for (var feature = 0; feature < 2; feature++)
        {
            var shift = zeros_like(x);
            shift.select(1, feature).fill_(step);
            var difference = model.LogProb(x.sub(shift)).sub(model.LogProb(x.add(shift))).div(2 * step);
            Assert.IsTrue(gradient.select(1, feature).allclose(difference, 1e-6, 1e-7));
        }
    }
}
