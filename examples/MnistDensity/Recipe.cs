using MAFlow.Torch;
using MnistDensity.Data;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>What is trained and how: the only file to change for another model of the same images.</summary>
public static class Recipe
{
    /// <summary>Runge-Kutta steps at which scoring begins; refined where twice as many change the result.</summary>
    public const int ScoringDepth = 24;

    /// <summary>The untrained model, which starts as the Gaussian with the full covariance of the logits.</summary>
    /// <param name="training">Training images [rows, 784], pixels 0 to 255.</param>
    /// <param name="seed">Seed of dequantisation and initial directions.</param>
    /// <param name="device">Where the flow computes.</param>
    public static DensityModel Build(Tensor training, ulong seed, Device device)
    {
        using var generator = new Generator(seed);
        return new DensityRecipe
        {
            Preprocessing = [new UniformDequantization(Mnist.Levels), new Logit(1e-6), new AffineGaussianization()],
            Directions = new LocalPatches(Mnist.Side, Mnist.Side, patch: 3),
            HiddenUnits = 1024,
            Activation = Activation.Softplus,
            Flow = new() { Horizon = 4, Depth = 12, Scheme = new() { Precision = Precision.BFloat16Products } },
        }.Build(training, generator, device);
    }

    /// <summary>How it is trained: Adam with a cosine over the budget, the averaged weights of the best epoch kept.</summary>
    /// <param name="epochs">Most passes over the training images, or null.</param>
    /// <param name="time">Longest time of training, or null.</param>
    /// <param name="seed">Seed of the batches and of the noise.</param>
    /// <param name="checkpoint">File from which an interrupted training goes on.</param>
    public static DensityTrainerOptions Training(int? epochs, TimeSpan? time, ulong seed, string checkpoint) => new()
    {
        MaxEpochs = epochs ?? 100_000,
        TimeLimit = time,
        BatchSize = 100,
        Optimizer = new() { LearningRate = 4e-3 },
        Patience = null,
        Seed = seed,
        CheckpointPath = checkpoint,
        // About a minute's work on two cores.
        CheckpointEverySteps = 200,
        KeepCheckpoint = true,
    };
}
