using MnistDensity;
using static TorchSharp.torch;

namespace MAFlow.Examples.Tests;

/// <summary>Nats in logit space and bits per dimension, against sums written out and a Gaussian in closed form.</summary>
[TestClass]
public sealed class LikelihoodTests
{
    private const double Lambda = 1e-6;
    private readonly LogitSpace _logits = new();

    [TestCleanup]
    public void Cleanup() => _logits.Dispose();

    [TestMethod]
    public void TheLogDeterminantIsTheSumOverPixels()
    {
        using var scope = NewDisposeScope();
        var images = Images(3);
        var unit = UnitPixels(images);
        var values = _logits.LogDeterminants(images);
        for (var row = 0; row < 3; row++)
        {
            var expected = 0.0;
            foreach (var pixel in unit[row].data<double>().ToArray())
            {
                var q = Lambda + ((1 - (2 * Lambda)) * pixel);
                expected += Math.Log((1 - (2 * Lambda)) / 256 / (q * (1 - q)));
            }

            Assert.AreEqual(expected, values[row], 1e-6);
        }

        Assert.AreEqual(values.Average(), _logits.MeanLogDeterminant(images), 1e-9);
    }

    [TestMethod]
    public void AUniformDensityOfPixelsTakesEightBits()
    {
        // A density of 1/256 per pixel is a standard logistic one per logit, but for λ.
        double[] logDeterminants = [100, -50, 20];
        var pixelNats = Mnist.PixelCount * Math.Log(256);
        var likelihood = ImageLikelihood.Of([pixelNats, pixelNats, pixelNats], logDeterminants);
        Assert.AreEqual(8, likelihood.BitsPerDimension, 1e-12);
        Assert.AreEqual(pixelNats + (70.0 / 3), likelihood.Nats, 1e-9);
        var variance = ((76.667 * 76.667) + (73.333 * 73.333) + (3.333 * 3.333)) / 2;
        Assert.AreEqual(2 * Math.Sqrt(variance / 3), likelihood.TwoStandardErrors, 1e-2);
    }

    [TestMethod]
    public void TheRowsOfTable1AgreeWithTheirBitsPerDimension()
    {
        // FFJORD (Grathwohl et al. 2019), table 2, gives MAF 1.89 and MADE 2.04 bits for 1300.5 and 1380.8 nats: one Jacobian for both.
        var jacobian = 1300.5 - (1.89 * Mnist.PixelCount * Math.Log(2));
        Assert.AreEqual(2.04, ImageLikelihood.Of([1380.8 - jacobian], [jacobian]).BitsPerDimension, 0.006);
        Assert.AreEqual(1380.8, ImageLikelihood.Of([1380.8 - jacobian], [jacobian]).Nats, 1e-9);
    }

    [TestMethod]
    public void AGaussianModelReadsAsTheGaussianOfTheLogits()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (training, test) = (Images(40), Images(7, seed: 2));
        var chain = BijectionChain.Fit([new UniformDequantization(Mnist.Levels), new Logit(Lambda), new Standardization()], training, generator);
        var fitted = chain.Bijections[^1];
        var directions = randn(4, Mnist.PixelCount, dtype: float64, generator: generator);
        using var model = new DensityModel(chain, new MongeAmpereFlow(RidgePotential.AtRest(directions, Activation.Softplus, generator, dtype: ScalarType.Float64)));
        var likelihood = new ImageScoring(model, _logits).Of(test, depth: 1, new Progress<double>(), CancellationToken.None);

        var q = UnitPixels(test).mul(1 - (2 * Lambda)).add(Lambda);
        var v = q.log().sub(q.neg().add(1).log());
        var (z, logDeterminant) = fitted.Forward(v);
        var expected = z.square().sum([1L]).mul(0.5).add(Mnist.PixelCount / 2.0 * Math.Log(2 * Math.PI)).sub(logDeterminant);
        Assert.AreEqual(expected.mean().item<double>(), likelihood.Nats, 1e-4);
        Assert.AreEqual(7, likelihood.Images);
        var pixels = likelihood.BitsPerDimension * Mnist.PixelCount * Math.Log(2);
        Assert.AreEqual(_logits.MeanLogDeterminant(test), likelihood.Nats - pixels, 1e-6);
    }

    [TestMethod]
    public void TheDepthIsDoubledUntilTheLikelihoodStandsStill()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = Images(6);
        var chain = BijectionChain.Fit([new UniformDequantization(Mnist.Levels), new Logit(Lambda), new Standardization()], images, generator);
        var potential = new RidgePotential(
            randn(8, Mnist.PixelCount, dtype: float64, generator: generator).mul(0.05), zeros(8, dtype: float64), full(8, 2.0, dtype: float64), Activation.Softplus);
        using var model = new DensityModel(chain, new MongeAmpereFlow(potential, new() { Horizon = 4 }));
        var scoring = new ImageScoring(model, _logits);
        var search = DepthSearch.Run(1, Mean, Evaluation.Tolerance, Evaluation.MaxDepth);
        double Mean(int depth) => scoring.PixelNats(images, depth, new Progress<double>(), CancellationToken.None).Average();
        Assert.IsTrue(search.IsConverged);
        Assert.IsGreaterThan(1, search.Depth);
        Assert.AreEqual(Math.Abs(Mean(2 * search.Depth) - Mean(search.Depth)), Math.Abs(search.Difference), 1e-9);
        Assert.IsLessThan(Evaluation.Tolerance, Math.Abs(search.Difference));
        Assert.IsGreaterThan(Evaluation.Tolerance, Math.Abs(Mean(search.Depth) - Mean(search.Depth / 2)));
    }

    private static Tensor Images(int rows, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return randint(0, 256, [rows, Mnist.PixelCount], dtype: float32, generator: generator);
    }

    /// <summary>(k + u)/256 with the noise of scoring.</summary>
    private static Tensor UnitPixels(Tensor images)
    {
        using var generator = new Generator(9);
        using var chain = BijectionChain.Fit([new UniformDequantization(Mnist.Levels)], images, generator);
        return chain.Forward(images).Points;
    }
}
