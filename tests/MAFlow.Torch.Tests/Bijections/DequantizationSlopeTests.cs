using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Derivatives of quantised data are those within a bin.</summary>
[TestClass]
public sealed class DequantizationSlopeTests
{
    [TestMethod]
    public void TheSlopeIsThatOfTheLineThroughTheBinAndTheValueIsUnchanged()
    {
        using var scope = NewDisposeScope();
        using var bijection = new UniformDequantization(9, 0.5, -2).Fit(full(1, 3, -2, dtype: float64));
        var x = Draw.Levels(1, 9, 6, 3).mul(0.5).sub(2);
        var point = x.clone().requires_grad_();
        var (y, _) = bijection.Forward(point);
        Near.AssertBitEqual(bijection.Forward(x).Points, y.detach());
        var weights = Draw.Normal(2, 6, 3);
        Near.Assert(weights.div(9 * 0.5), autograd.grad([y.mul(weights).sum()], [point])[0], 1e-15);
        var latent = y.detach().requires_grad_();
        Near.Assert(weights.mul(9 * 0.5), autograd.grad([bijection.Inverse(latent).Points.mul(weights).sum()], [latent])[0], 1e-12);
    }

    [TestMethod]
    public void ContributionsOfQuantisedDataAreThoseOfTheContinuousChain()
    {
        using var scope = NewDisposeScope();
        const int levels = 17;
        var data = Draw.Levels(1, levels, 300, 3);
        using var generator = new Generator(1);
        using var quantised = Model([new UniformDequantization(levels), new Logit(0.01)], data);
        using var continuous = Model([new Logit(0.01)], data.div(levels));
        var x = data.narrow(0, 0, 8);
        using var dequantization = new UniformDequantization(levels).Fit(x);
        // The point of the unit cube that scoring looks at.
        var u = dequantization.Forward(x).Points;
        var contributions = quantised.ScoreGradient(x);
        Assert.IsGreaterThan(0.01, contributions.abs().min().item<double>(), "None vanishes.");
        Near.Assert(continuous.ScoreGradient(u).div(levels), contributions, 1e-10);
        const double step = 1e-6;
        for (var feature = 0; feature < 3; feature++)
        {
            var shift = zeros_like(u);
            shift.select(1, feature).fill_(step / levels);
            var difference = continuous.LogProb(u.sub(shift)).sub(continuous.LogProb(u.add(shift))).div(2 * step);
            Near.Assert(difference, contributions.select(1, feature), 1e-6);
        }

        DensityModel Model(BijectionFit[] fits, Tensor rows) =>
            new(BijectionChain.Fit(fits, rows, generator), new MongeAmpereFlow(PotentialFamilies.Ridge(Activation.Softplus, 5), new() { Horizon = 1, Depth = 6 }));
    }
}
