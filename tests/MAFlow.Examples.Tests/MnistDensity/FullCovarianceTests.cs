using MnistDensity;
using MnistDensity.Data;
using MnistDensity.Likelihoods;

namespace MAFlow.Examples.Tests;

/// <summary>On the real images, where the folder beside the repository has them.</summary>
[TestClass]
public sealed class FullCovarianceTests
{
    [TestMethod]
    public void TheUntrainedModelIsTheGaussianOfTheLiterature()
    {
        var folder = SharedFolder();
        using var data = MnistData.Read(folder, MnistArchive.Original, MnistData.ValidationCount);
        using var model = Recipe.Build(data.Training, 1, TorchSharp.torch.CPU);
        using var logits = new LogitSpace();
        // Papamakarios, Pavlakou, Murray (2017), table 2: 1366.9 ± 1.4. At rest one step is as good as many.
        var likelihood = new Scoring(model, logits).Of(data.Test, depth: 1, new Progress<double>(), CancellationToken.None);
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
