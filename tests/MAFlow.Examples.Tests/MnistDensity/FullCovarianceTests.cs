using MnistDensity;
using static TorchSharp.torch;

namespace MAFlow.Examples.Tests;

/// <summary>On the real images, where the folder beside the repository has them.</summary>
[TestClass]
public sealed class FullCovarianceTests
{
    [TestMethod]
    public void TheGaussianReadsAsInTheLiterature()
    {
        using var data = MnistData.Read(SharedFolder(), MnistArchive.Original, MnistData.ValidationCount);
        using var generator = new Generator(1);
        using var chain = BijectionChain.Fit([new UniformDequantization(Mnist.Levels), new Logit(lambda: 1e-6), new AffineGaussianization()], data.Training, generator);
        using var logits = new LogitSpace();
        var pixelNats = new List<double>();
        var logDeterminants = new List<double>();
        using var scope = NewDisposeScope();
        foreach (var images in data.Test.split(1000))
        {
            var (y, logDeterminant) = chain.Forward(images);
            pixelNats.AddRange(y.square().sum([1L]).mul(0.5).add(0.5 * y.shape[1] * Math.Log(2 * Math.PI)).sub(logDeterminant).data<double>().ToArray());
            logDeterminants.AddRange(logits.LogDeterminants(images));
        }

        // Papamakarios, Pavlakou, Murray (2017), table 2: 1366.9 ± 1.4.
        var likelihood = ImageLikelihood.Of(pixelNats, logDeterminants);
        Assert.AreEqual(1366.9, likelihood.Nats, 1.4);
        Assert.AreEqual(1.4, likelihood.TwoStandardErrors, 0.2);
        // 1300.5 nats are 1.89 bits/dim.
        Assert.AreEqual(1.89 + ((likelihood.Nats - 1300.5) / (Mnist.PixelCount * Math.Log(2))), likelihood.BitsPerDimension, 0.006);
    }

    private static string SharedFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "data", "mnist");
            if (Directory.Exists(candidate) && MnistArchive.Original.MissingFrom(candidate).Count == 0)
            {
                return candidate;
            }
        }

        Assert.Inconclusive("The MNIST files were not found in a folder named 'shared' beside the repository.");
        return "";
    }
}
