using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class HistogramGaussianizationTests
{
    [TestMethod]
    public void DequantisedLevelsBecomeNormal()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var data = Draw.Levels(1, 5, 20_000, 2);
        using var chain = BijectionChain.Fit([new UniformDequantization(5), new HistogramGaussianization(5)], data, generator);
        var y = chain.Forward(data, generator).Points;
        for (var feature = 0; feature < 2; feature++)
        {
            var (sorted, _) = y.select(1, feature).sort();
            var share = sorted.div(-Math.Sqrt(2)).erfc().mul(0.5);
            var ideal = arange(20_000, dtype: float64).add(0.5).div(20_000);
            // Kolmogorov's distance; its 99.9% point is 1.95 / √rows.
            Near.IsBelow(1.95 / Math.Sqrt(20_000), share.sub(ideal).abs().max().item<double>());
        }
    }

    [TestMethod]
    public void TheDensityOfIndependentFeaturesIsTheirHistogram()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // 6 of 10 rows in the first of 4 bins, 3 in the last; one pseudo-row spread like the whole.
        var data = tensor(new double[] { 0.1, 0.2, 0.05, 0.15, 0.24, 0, 0.3, 0.8, 0.9, 1 }, [10, 1], dtype: float64);
        using var chain = BijectionChain.Fit([new HistogramGaussianization(4, 1)], data, generator);
        var (y, change) = chain.Forward(tensor(new double[] { 0.1, 0.99, 0.3, 0.6 }, [4, 1], dtype: float64));
        var density = y.square().sum([1L]).mul(-0.5).sub(0.5 * Math.Log(2 * Math.PI)).add(change).exp();
        var pooled = new[] { 6.25, 1.25, 0.25, 3.25 }.Select(count => count / 11).ToArray();
        double Expected(double count, int bin) => 4 * (count + pooled[bin]) / 11;
        Near.Assert(tensor(new[] { Expected(6, 0), Expected(3, 3), Expected(1, 1), Expected(0, 2) }, dtype: float64), density, 1e-12);
    }

    [TestMethod]
    public void TheEndsStayFinite()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var chain = BijectionChain.Fit([new HistogramGaussianization(256)], rand([50, 1], dtype: float64, generator: generator).mul(0.5), generator);
        var (y, change) = chain.Forward(tensor(new double[] { 0, 1, 0.75 }, [3, 1], dtype: float64));
        Assert.IsTrue(y.isfinite().all().item<bool>() && change.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void ValuesOutsideTheUnitIntervalAreRefused()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var error = Assert.ThrowsExactly<ArgumentException>(() => BijectionChain.Fit([new HistogramGaussianization()], full(3, 2, 1.5, dtype: float64), generator));
        Assert.Contains("Expected values from 0 to 1 before the histograms, got values from 1.5 to 1.5", error.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HistogramGaussianization(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new HistogramGaussianization(8, 0));
    }
}
