using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A density of y given x, from data to quantiles.</summary>
[TestClass]
public sealed class ConditionalDensityModelTests
{
    /// <summary>y = N(μ(x), σ(x)²) with a bent mean and a spread that varies tenfold: the exact likelihood is known.</summary>
    [TestMethod]
    public void HeteroscedasticDataIsLearntToWithinTwoHundredthsOfANat()
    {
        using var scope = NewDisposeScope();
        var (x, y) = HeteroscedasticData.Draw(1, 8000);
        using var model = Trained(y, x, 3000);
        var (freshX, freshY) = HeteroscedasticData.Draw(2, 20_000);
        var (nll, cumulative, score) = (0.0, new List<Tensor>(), 0.0);
        for (var start = 0; start < 20_000; start += 1000)
        {
            using var inner = NewDisposeScope();
            var (c, v) = (freshX.narrow(0, start, 1000), freshY.narrow(0, start, 1000));
            nll -= model.LogProb(v, c).sum().item<double>() / 20_000;
            cumulative.Add(model.Predict(c).Cumulative(v.squeeze(1)).MoveToOuterDisposeScope());
            score += start < 4000 ? model.Predict(c).RankedScore(v.squeeze(1)).mean().item<double>() / 4 : 0;
        }

        var exact = HeteroscedasticData.Nll(freshX, freshY);
        var covered = cat(cumulative).sub(0.5).abs().le(0.45).to(float64).mean().item<double>();
        Console.WriteLine($"NLL {nll:F4}, exact {exact:F4}, coverage {covered:P2}, CRPS {score:F4}");
        Assert.AreEqual(exact, nll, 0.02);
        Assert.AreEqual(0.9, covered, 0.015);
        // CRPS of N(μ, σ²) by itself: σ/√π.
        Assert.AreEqual(HeteroscedasticData.Deviation(freshX.narrow(0, 0, 4000)).mean().item<double>() / Math.Sqrt(Math.PI), score, 0.01);
        var twice = model.At(2 * model.Depth).LogProb(freshY.narrow(0, 0, 1000), freshX.narrow(0, 0, 1000));
        Near.Assert(twice.mean(), model.LogProb(freshY.narrow(0, 0, 1000), freshX.narrow(0, 0, 1000)).mean(), 2e-3);
    }

    private static ConditionalDensityModel Trained(Tensor y, Tensor x, long steps)
    {
        using var generator = new Generator(3);
        var model = new ConditionalDensityModelOptions().Build(y, x, generator);
        var options = new DensityTrainerOptions { BatchSize = 256, LearningRate = 1e-2, WeightDecay = 1e-3, MaxSteps = steps, MaxEpochs = 200 };
        var report = new DensityTrainer(options).Fit(model, y, x);
        Console.WriteLine($"{report.Elapsed.TotalSeconds:F1} s, {report.Steps} steps, {report.StopReason}, validation {report.BestValidationNll:F4}, depth {report.Depth}");
        return model;
    }
}
