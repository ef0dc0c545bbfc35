using MnistDensity.Data;
using MnistDensity.Likelihoods;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>Likelihoods of a model at a depth where twice as many steps hardly change them.</summary>
/// <param name="Depth">The depth and how it was found.</param>
/// <param name="Test">The whole test set.</param>
/// <param name="Validation">The whole validation set.</param>
/// <param name="Train">The first training images, as many as in the other sets.</param>
public sealed record Evaluation(DepthSearch Depth, ImageLikelihood Test, ImageLikelihood Validation, ImageLikelihood Train)
{
    /// <summary>Largest change of the mean when the depth is doubled, in nats per image, and the largest depth.</summary>
    public const double Tolerance = 0.1;
    public const int MaxDepth = 400;

    private const int TrainImages = 10_000;
    private const int DepthImages = 2_000;

    public static Evaluation Of(DensityModel model, MnistData data, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var logits = new LogitSpace();
        var scoring = new ImageScoring(model, logits);
        var decisive = MnistData.First(data.Test, DepthImages);
        var depth = WorkDisplay.Show(
            $"Looking for a depth that suffices, on {decisive.shape[0]} test images",
            progress => DepthSearch.Run(
                model.Flow.Depth, depth => scoring.PixelNats(decisive, depth, progress, cancellationToken).Average(), Tolerance, MaxDepth));
        ImageLikelihood Score(string name, Tensor images) => WorkDisplay.Show(
            $"Scoring {images.shape[0]} {name} images at depth {depth.Depth}", progress => scoring.Of(images, depth.Depth, progress, cancellationToken));
        return new(depth, Score("test", data.Test), Score("validation", data.Validation), Score("training", MnistData.First(data.Training, TrainImages)));
    }
}
