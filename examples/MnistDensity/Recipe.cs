using TorchSharp;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>What is trained and how: the only file to change for another model of the same images.</summary>
public static class Recipe
{
    private const int Parts = 16;
    private const int StepsPerPart = 3;
    private const int HiddenUnits = 256;
    private const double Horizon = 4;

    /// <summary>The untrained model: closed-form maps that make each pixel normal and remove what is linear, then a flow at rest.</summary>
    /// <param name="preprocessing">How pixels become coordinates of the flow.</param>
    /// <param name="precision">Arithmetic of the matrix products in training.</param>
    /// <param name="training">Training images [rows, 784], pixels 0 to 255.</param>
    /// <param name="seed">Seed of dequantisation and initial directions.</param>
    /// <param name="device">Where the flow computes.</param>
    public static DensityModel Build(PixelMap preprocessing, Precision precision, Tensor training, ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        var chain = BijectionChain.Fit(preprocessing.Steps, training, generator);
        var potential = new PiecewisePotential(Horizon, [.. Enumerable.Range(0, Parts).Select(_ => Part(generator))]);
        potential.to(device);
        return new(chain, new MongeAmpereFlow(potential, new()
        {
            Horizon = Horizon,
            Depth = Parts * StepsPerPart,
            Precision = precision,
        }));
    }

    /// <summary>How it is trained: Adam with a cosine over the budget, the averaged weights of the best epoch kept.</summary>
    /// <param name="epochs">Most passes over the training images, or null.</param>
    /// <param name="time">Longest time of training, or null.</param>
    /// <param name="seed">Seed of the batches and of the noise.</param>
    /// <param name="checkpoint">File from which an interrupted training goes on.</param>
    /// <param name="collective">The processes that train.</param>
    public static DensityTrainerOptions Training(int? epochs, TimeSpan? time, ulong seed, string checkpoint, ICollective collective) => new()
    {
        Collective = collective,
        MaxEpochs = epochs ?? 100_000,
        TimeLimit = time,
        BatchSize = 100,
        // The decay keeps the potential smooth, so that few steps integrate it; where they no longer do, the depth is doubled.
        LearningRate = 3e-3,
        WeightDecay = 0.05,
        DepthTolerance = 0.05,
        Patience = null,
        Seed = seed,
        CheckpointPath = checkpoint,
        // About a minute's work on two cores.
        CheckpointEverySteps = 500,
        KeepCheckpoint = true,
    };

    /// <summary>Directions along single whitened pixels, where each pixel is what its neighbours do not foretell: there the images are least Gaussian.</summary>
    private static RidgePotential Part(Generator generator)
    {
        using var scope = NewDisposeScope();
        using var unit = ones(Mnist.PixelCount, dtype: float64);
        return RidgePotential.AtRest(new LocalPatches(Mnist.Side, Mnist.Side, patch: 1).Draw(HiddenUnits, unit, generator), Activation.Softplus, generator, length: 3);
    }
}

/// <summary>The closed-form maps between pixels and the coordinates in which the flow begins.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Steps">Preprocessing, first step first.</param>
public sealed record PixelMap(string Name, IReadOnlyList<BijectionFit> Steps)
{
    /// <summary>Each pixel becomes normal by its own histogram, then all of them white: the best start.</summary>
    public static PixelMap Histograms { get; } = new(
        "histograms", [new UniformDequantization(Mnist.Levels), new HistogramGaussianization(Mnist.Levels), new AffineGaussianization()]);

    /// <summary>The paper's logit with λ = 1e-6, then all pixels white: what is gained over the Gaussian is the flow's alone.</summary>
    public static PixelMap Logit { get; } = new(
        "logit", [new UniformDequantization(Mnist.Levels), new Logit(1e-6), new AffineGaussianization()]);

    public static IReadOnlyList<PixelMap> All { get; } = [Histograms, Logit];
}
