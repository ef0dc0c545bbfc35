using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Mixtures of one-dimensional Gaussians as a map to the standard normal.</summary>
[TestClass]
public sealed class MarginalGaussianizationTests
{
    [TestMethod]
    public void TheLogarithmOfTheTailAndItsQuantileUndoEachOtherFarBeyondTheRangeOfNumbers()
    {
        using var scope = NewDisposeScope();
        // ln Φ(-10) and ln Φ(-40), Abramowitz and Stegun 26.2; the second is no float64 but as a logarithm.
        Assert.AreEqual(-53.23128515051247, NormalTail.Log(tensor([-10.0])).item<double>(), 1e-12 * 53);
        Assert.AreEqual(-804.6084420137538, NormalTail.Log(tensor([-40.0])).item<double>(), 1e-12 * 805);
        Assert.AreEqual(Math.Log(0.5), NormalTail.Log(tensor([0.0])).item<double>(), 1e-15);
        var y = tensor([-1e-9, -0.1, -1, -3, -5.1, -8, -20, -34, -35, -38.6, -100, -1e4, -1e8, -1e15]);
        var relative = NormalTail.Quantile(NormalTail.Log(y)).sub(y).div(y.abs().add(1));
        Near.IsBelow(1e-12, relative.abs().max().item<double>());
    }

    [TestMethod]
    public void TheDensityOfAMixtureIsFoundAgain()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        // ½ N(-2, 0.3²) + ½ N(1, 1); exact mean -ln p by the very rows.
        var rows = Mixed(20_000, generator);
        var fresh = Mixed(20_000, generator);
        using var chain = BijectionChain.Fit([new MarginalGaussianization()], rows, generator);
        var (y, logDeterminant) = chain.Forward(fresh);
        var learnt = y.pow(2).mul(0.5).add(NormalTail.LogNorm).sum([1L]).sub(logDeterminant).mean().item<double>();
        static Tensor Part(Tensor x, double mean, double deviation) => x.sub(mean).div(deviation).pow(2).mul(-0.5).exp().div(deviation * Math.Sqrt(2 * Math.PI));
        var exact = Part(fresh, -2, 0.3).add(Part(fresh, 1, 1)).mul(0.5).log().neg().mean().item<double>();
        Near.IsBelow(0.01, learnt - exact);
        Near.IsBelow(0.005, exact - learnt);
        // What is left is normal: Kolmogorov's distance of 20,000 values exceeds 0.0136 once in a thousand.
        var sorted = y.flatten().sort().Values;
        var distance = special.ndtr(sorted).sub(arange(20_000, float64).add(0.5).div(20_000)).abs().max().item<double>();
        Near.IsBelow(0.02, distance);
    }

    [TestMethod]
    public void LeftOutRowsChooseOneComponentForANormalFeature()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var rows = randn([3_000, 1], float64, generator: generator);
        using var chain = BijectionChain.Fit([new MarginalGaussianization()], rows, generator);
        var (_, logDeterminant) = chain.Forward(randn([3_000, 1], float64, generator: generator));
        Near.IsBelow(0.1, logDeterminant.abs().mean().item<double>());
    }

    [TestMethod]
    public void FarValuesAreMonotoneWithANumber()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        using var chain = BijectionChain.Fit([new MarginalGaussianization()], Mixed(2_000, generator), generator);
        var x = tensor([-1e30, -1e12, -1e6, -1e3, -50, -4, 0, 4, 50, 1e3, 1e6, 1e12, 1e30]).unsqueeze(1);
        var (y, logDeterminant) = chain.Forward(x);
        Assert.IsTrue(y.isfinite().all().item<bool>() && logDeterminant.isfinite().all().item<bool>());
        Assert.IsTrue(y[1..].sub(y[..^1]).gt(0).all().item<bool>());
        var back = chain.Inverse(y).Points;
        Near.IsBelow(1e-9, back.sub(x).div(x.abs().add(1)).abs().max().item<double>());
    }

    [TestMethod]
    public void AValueFarFromAllOthersLeavesTheRestAlone()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var rows = randn([500, 1], float64, generator: generator);
        var probe = linspace(-2, 2, 41, float64).unsqueeze(1);
        using var clean = BijectionChain.Fit([new MarginalGaussianization()], rows, generator);
        foreach (var sentinel in new[] { 9999.0, -1e6, 1e30 })
        {
            var spoilt = rows.clone();
            spoilt[17, 0] = sentinel;
            using var chain = BijectionChain.Fit([new MarginalGaussianization()], spoilt, generator);
            Near.IsBelow(0.3, chain.Forward(probe).Points.sub(clean.Forward(probe).Points).abs().max().item<double>());
        }
    }

    [TestMethod]
    public void NumberByNumberTheMapIsWhatAutogradGoesThrough()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var rows = cat([Mixed(3_000, generator), Mixed(3_000, generator).exp()], 1);
        using var chain = BijectionChain.Fit([new MarginalGaussianization()], rows, generator);
        var x = cat([rows[..200], tensor(new[,] { { -1e9, 1e9 }, { -60, -3 }, { 40, 1e4 } })]);
        var (fast, logDeterminant) = chain.Forward(x);
        var (slow, other) = chain.Forward(x.clone().requires_grad_());
        Assert.IsTrue(slow.requires_grad && !fast.requires_grad);
        Near.Assert(slow.detach().div(slow.detach().abs().add(1)), fast.div(slow.detach().abs().add(1)), 1e-11);
        Near.Assert(other.detach().div(other.detach().abs().add(1)), logDeterminant.div(other.detach().abs().add(1)), 1e-10);
        var (back, negative) = chain.Inverse(fast[..200]);
        Near.Assert(x[..200], back, 1e-9);
        Near.Assert(logDeterminant[..200].neg(), negative, 1e-8);
        Near.Assert(chain.Inverse(fast[..200].clone().requires_grad_()).Points.detach(), back, 1e-9);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(12)]
    public void TheLikelihoodOfAMixtureIsThatOfTheFormula(int components)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(9);
        // A number of rows that fills no whole vectors.
        var rows = Mixed(1_003, generator).flatten();
        double[] numbers = [.. rows.data<double>()];
        var mixture = FeatureMixture.Fit(numbers, components);
        Assert.AreEqual(1, mixture.Weight.Sum(), 1e-12);
        var (weight, mean, deviation) = (tensor(mixture.Weight), tensor(mixture.Mean), tensor(mixture.Deviation));
        var unit = rows.unsqueeze(1).sub(mean).div(deviation);
        var exact = unit.square().mul(-0.5).exp().mul(weight).div(deviation).sum([1L]).log().mean().item<double>() - (0.5 * Math.Log(2 * Math.PI));
        Assert.AreEqual(exact, mixture.LogLikelihood(numbers), 1e-12);
        // A normal is no better than what was fitted, unless it is what was fitted.
        var normal = -0.5 - Math.Log(rows.std(0, unbiased: false).item<double>()) - (0.5 * Math.Log(2 * Math.PI));
        Assert.IsGreaterThan(components == 1 ? normal - 1e-3 : normal + 0.1, mixture.LogLikelihood(numbers));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(65)]
    public void AnImpossibleNumberOfComponentsIsRefused(int components) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new MarginalGaussianization(components));

    private static Tensor Mixed(long count, Generator generator)
    {
        using var scope = NewDisposeScope();
        var isLeft = rand([count, 1], float64, generator: generator).lt(0.5);
        var normal = randn([count, 1], float64, generator: generator);
        return where(isLeft, normal.mul(0.3).sub(2), normal.add(1)).MoveToOuterDisposeScope();
    }
}
