using TorchSharp;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>What is trained and how: the only file to change for another model of the same images.</summary>
public static class Recipe
{
    // Potentials of one hidden layer.
    private const double RidgeHorizon = 4;
    private const int RidgeParts = 16;
    private const int StepsPerRidge = 3;
    private const int HiddenUnits = 256;

    private const int FitBatch = 2_000;

    // Convolutional potentials after a Gaussian of all pixels.
    private const double ConvolutionHorizon = 5;
    private const int ConvolutionParts = 4;
    private const int StepsPerConvolution = 2;
    private static readonly ConvolutionalOptions _convolution = new() { PixelFeatures = 2, CouplingSide = 7, Filters = 0 };

    /// <summary>The untrained model: closed-form maps that make each pixel normal and take over what is linear, then a flow at rest.</summary>
    /// <param name="design">Which potentials the flow is made of.</param>
    /// <param name="pixels">How pixels become coordinates of the flow.</param>
    /// <param name="precision">Arithmetic of the matrix products in training.</param>
    /// <param name="training">Training images [rows, 784], pixels 0 to 255.</param>
    /// <param name="seed">Seed of dequantisation and initial directions.</param>
    /// <param name="device">Where the flow computes.</param>
    public static DensityModel Build(FlowDesign design, PixelMap pixels, Precision precision, Tensor training, ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        var (chain, parts, horizon, steps) = design == FlowDesign.Convolution ? Convolutions(pixels, training, generator) : Ridges(pixels, training, generator);
        var potential = new PiecewisePotential(horizon, parts);
        potential.to(device);
        return new(chain, new MongeAmpereFlow(potential, new()
        {
            Horizon = horizon,
            Depth = parts.Count * steps,
            Precision = precision,
        }));
    }

    /// <summary>How it is trained: Adam with a cosine over the budget, the averaged weights of the best epoch kept.</summary>
    /// <param name="design">Which potentials the flow is made of.</param>
    /// <param name="epochs">Most passes over the training images, or null.</param>
    /// <param name="time">Longest time of training, or null.</param>
    /// <param name="seed">Seed of the batches and of the noise.</param>
    /// <param name="checkpoint">File from which an interrupted training goes on.</param>
    /// <param name="collective">The processes that train.</param>
    public static DensityTrainerOptions Training(FlowDesign design, int? epochs, TimeSpan? time, ulong seed, string checkpoint, ICollective collective) => new()
    {
        Collective = collective,
        MaxEpochs = epochs ?? 100_000,
        TimeLimit = time,
        BatchSize = 100,
        // Decay keeps potentials smooth, so that few steps integrate them; where they no longer do, the depth is doubled.
        LearningRate = design == FlowDesign.Convolution ? 4e-3 : 3e-3,
        WeightDecay = 0.05,
        // A step of convolutions takes longer and learns more.
        AverageDecay = design == FlowDesign.Convolution ? 0.99 : 0.998,
        DepthTolerance = 0.05,
        Patience = null,
        Seed = seed,
        CheckpointPath = checkpoint,
        // About a minute's work on two cores.
        CheckpointEverySteps = 500,
        KeepCheckpoint = true,
    };

    /// <summary>A potential sees each pixel in its own coordinates, where black and white lie on two sides of a threshold; so the covariance is the flow's first part and no preprocessing.</summary>
    private static (BijectionChain Chain, IReadOnlyList<Potential> Parts, double Horizon, int Steps) Convolutions(PixelMap pixels, Tensor training, Generator generator)
    {
        var chain = BijectionChain.Fit(pixels.Steps, training, generator);
        using var scope = NewDisposeScope();
        var coordinates = cat([.. training.split(FitBatch).Select(images => chain.Forward(images).Points.to(float32))]);
        Potential gaussian = GaussianPotential.Fit(coordinates, ConvolutionHorizon / (ConvolutionParts + 1));
        var convolutions = Enumerable.Range(0, ConvolutionParts).Select(_ => ConvolutionalPotential.AtRest(1, Mnist.Side, Mnist.Side, generator, _convolution));
        return (chain, [gaussian, .. convolutions], ConvolutionHorizon, StepsPerConvolution);
    }

    private static (BijectionChain Chain, IReadOnlyList<Potential> Parts, double Horizon, int Steps) Ridges(PixelMap pixels, Tensor training, Generator generator)
    {
        var chain = BijectionChain.Fit([.. pixels.Steps, new AffineGaussianization()], training, generator);
        return (chain, [.. Enumerable.Range(0, RidgeParts).Select(_ => Ridge(generator))], RidgeHorizon, StepsPerRidge);
    }

    /// <summary>Directions along single whitened pixels, where each pixel is what its neighbours do not foretell: there the images are least Gaussian.</summary>
    private static RidgePotential Ridge(Generator generator)
    {
        using var scope = NewDisposeScope();
        using var unit = ones(Mnist.PixelCount, dtype: float64);
        return RidgePotential.AtRest(new LocalPatches(Mnist.Side, Mnist.Side, patch: 1).Draw(HiddenUnits, unit, generator), Activation.Softplus, generator, length: 3);
    }
}

/// <summary>The closed-form maps of single pixels in front of the flow.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Steps">Preprocessing, first step first; what makes the pixels white comes after it.</param>
public sealed record PixelMap(string Name, IReadOnlyList<BijectionFit> Steps)
{
    /// <summary>Each pixel becomes normal by its own histogram: the best start.</summary>
    public static PixelMap Histograms { get; } = new(
        "histograms", [new UniformDequantization(Mnist.Levels), new HistogramGaussianization(Mnist.Levels)]);

    /// <summary>The paper's logit with λ = 1e-6: what is gained over the Gaussian is the flow's alone.</summary>
    public static PixelMap Logit { get; } = new("logit", [new UniformDequantization(Mnist.Levels), new Logit(1e-6)]);

    public static IReadOnlyList<PixelMap> All { get; } = [Histograms, Logit];
}

/// <summary>Which potentials the flow is made of.</summary>
public enum FlowDesign
{
    /// <summary>A Gaussian of all pixels, then potentials of pixels that are bent first and coupled with their neighbours after.</summary>
    Convolution,

    /// <summary>White pixels, then the paper's potentials of one hidden layer.</summary>
    Ridge,
}
