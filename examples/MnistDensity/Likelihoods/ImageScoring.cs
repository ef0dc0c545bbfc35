using static TorchSharp.torch;

namespace MnistDensity.Likelihoods;

/// <summary>Scores images batch by batch at a given depth.</summary>
public sealed class ImageScoring(DensityModel model, LogitSpace logits)
{
    public const int BatchSize = 500;

    /// <summary>Likelihood of a set.</summary>
    /// <param name="images">Pixels 0 to 255, shape [rows, 784].</param>
    /// <param name="depth">Number of Runge-Kutta steps.</param>
    /// <param name="progress">Told the share that is done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public ImageLikelihood Of(Tensor images, int depth, IProgress<double> progress, CancellationToken cancellationToken) =>
        ImageLikelihood.Of(PixelNats(images, depth, progress, cancellationToken), [.. Batches(images).SelectMany(logits.LogDeterminants)]);

    /// <summary>-ln p(x) of each image, in nats per image of pixels of width 1.</summary>
    public double[] PixelNats(Tensor images, int depth, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var nats = new List<double>();
        foreach (var batch in Batches(images))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var logProb = model.At(depth).LogProb(batch);
            nats.AddRange(logProb.data<double>().ToArray().Select(value => -value));
            progress.Report((double)nats.Count / images.shape[0]);
        }

        return [.. nats];
    }

    private static IEnumerable<Tensor> Batches(Tensor images)
    {
        for (var start = 0L; start < images.shape[0]; start += BatchSize)
        {
            using var batch = images.narrow(0, start, Math.Min(BatchSize, images.shape[0] - start));
            yield return batch;
        }
    }
}
