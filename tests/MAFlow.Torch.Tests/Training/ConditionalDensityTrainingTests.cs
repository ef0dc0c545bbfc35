using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Conditional densities learn distributions that are known.</summary>
[TestClass]
public sealed class ConditionalDensityTrainingTests
{
    /// <summary>y = N(μ(x), σ(x)²) with a bent mean and a spread that varies fivefold: the exact likelihood is known.</summary>
    [TestMethod]
    public void HeteroscedasticDataIsLearntToWithinTwoHundredthsOfANat()
    {
        using var scope = NewDisposeScope();
        var (x, y) = HeteroscedasticData.Draw(1, 8000);
        using var model = Trained(y, x, 1500);
        var (freshX, freshY) = HeteroscedasticData.Draw(2, 20_000);
        var (nll, covered) = (0.0, 0.0);
        for (var start = 0; start < 20_000; start += 1000)
        {
            using var inner = NewDisposeScope();
            var encoded = model.Encode(freshY.narrow(0, start, 1000), freshX.narrow(0, start, 1000));
            nll -= encoded.LogProb.sum().item<double>() / 20_000;
            covered += encoded.Z.abs().le(1.6448536269514722).sum().item<long>() / 20_000.0;
        }

        Assert.AreEqual(HeteroscedasticData.Nll(freshX, freshY), nll, 0.02);
        Assert.AreEqual(0.9, covered, 0.015);
        var (context, rows) = (freshX.narrow(0, 0, 1000), freshY.narrow(0, 0, 1000));
        Near.Assert(model.At(2 * model.Depth).LogProb(rows, context).mean(), model.LogProb(rows, context).mean(), 0.01);
        // CRPS of N(μ, σ²) by itself is σ/√π.
        var score = model.Predict(context).RankedScore(rows.squeeze(1)).mean().item<double>();
        Assert.AreEqual(HeteroscedasticData.Deviation(context).mean().item<double>() / Math.Sqrt(Math.PI), score, 0.03);
    }

    /// <summary>Better than any Gaussian regression can be: than the normal density with the exact conditional mean and deviation.</summary>
    [TestMethod]
    public void TwoBranchesAreToldApartByMoreThanTheBestGaussianCan()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Branches(1, 4000);
        using var model = Trained(y, x, 700);
        var (freshX, freshY) = Branches(2, 2000);
        var score = model.Predict(freshX).RankedScore(freshY.squeeze(1)).mean().item<double>();
        var deviation = freshX.div(2).add(1).pow(2).add(0.04).sqrt();
        var u = freshY.div(deviation);
        var cumulative = special.ndtr(u).mul(2).sub(1);
        var gaussian = u.mul(cumulative).add(u.pow(2).div(-2).exp().mul(2 / Math.Sqrt(2 * Math.PI))).sub(1 / Math.Sqrt(Math.PI)).mul(deviation).mean();
        Near.IsBelow(0.95 * gaussian.item<double>(), score);
        var density = model.LogProb(zeros([1, 1], dtype: float64), ones([1, 1], dtype: float64)).exp().item<double>();
        Near.IsBelow(0.05, density, "Nothing lies between the branches.");
    }

    [TestMethod]
    public void ACancelledTrainingGoesOnFromItsCheckpoint()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (x, y) = Branches(3, 512);
        var options = new DensityTrainerOptions { BatchSize = 64, MaxEpochs = 6, CheckpointPath = folder["checkpoint"] };
        using var whole = Start(y, x);
        new DensityTrainer(options with { CheckpointPath = null }).Fit(whole, y, x);
        using var source = new CancellationTokenSource();
        using var first = Start(y, x);
        var stop = new Stopper(source);
        Assert.Throws<OperationCanceledException>(() => new DensityTrainer(options).Fit(first, y, x, progress: stop, cancellationToken: source.Token));
        using var second = Start(y, x);
        new DensityTrainer(options).Fit(second, y, x);
        Near.AssertBitEqual(whole.LogProb(y, x), second.LogProb(y, x));
    }

    [TestMethod]
    public void VectorsFollowTheirContext()
    {
        using var scope = NewDisposeScope();
        var x = Draw.Normal(1, 2000, 1);
        var y = cat([x.sin(), x.mul(-2)], 1).add(Draw.Normal(2, 2000, 2).mul(0.3));
        using var model = Start(y, x);
        var before = model.LogProb(y, x).mean().item<double>();
        new DensityTrainer(new() { BatchSize = 64, MaxSteps = 300, LearningRate = 2e-2, AverageDecay = 0.98 }).Fit(model, y, x);
        var exact = -2 * (Math.Log(0.3) + 0.5 + (0.5 * Math.Log(2 * Math.PI)));
        Assert.AreEqual(exact, model.LogProb(y, x).mean().item<double>(), 0.08);
        Near.IsBelow(exact - 0.1, before, "Or there was nothing to learn.");
    }

    private static ConditionalDensityModel Start(Tensor y, Tensor x)
    {
        using var generator = new Generator(3);
        return new ConditionalDensityModelOptions().Build(y, x, generator);
    }

    private static ConditionalDensityModel Trained(Tensor y, Tensor x, long steps)
    {
        var model = Start(y, x);
        new DensityTrainer(new() { BatchSize = 64, LearningRate = 2e-2, WeightDecay = 1e-3, MaxSteps = steps, AverageDecay = 0.99 }).Fit(model, y, x);
        return model;
    }

    /// <summary>y = ±(1 + x/2) with equal odds, and a little noise.</summary>
    private static (Tensor Context, Tensor Rows) Branches(ulong seed, long rows)
    {
        using var generator = new Generator(seed);
        var x = rand([rows, 1], dtype: float64, generator: generator).mul(2);
        var sign = rand([rows, 1], dtype: float64, generator: generator).lt(0.5).to(float64).mul(2).sub(1);
        return (x, sign.mul(x.div(2).add(1)).add(randn([rows, 1], dtype: float64, generator: generator).mul(0.2)));
    }

    private sealed class Stopper(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.IsRoundEnd && value.Current.Round == 2)
            {
                source.Cancel();
            }
        }
    }
}
