using static TorchSharp.torch;

namespace MnistDensity;

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

/// <summary>Mean negative log-likelihood of a set of images.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="Nats">Mean of -ln p(v) in logit space, in nats: comparable with table 1 of the paper.</param>
/// <param name="TwoStandardErrors">Twice the standard error of that mean, the error bar of Papamakarios, Pavlakou, Murray (2017).</param>
/// <param name="BitsPerDimension">Mean of -log₂ p(x) per pixel of width 1, all Jacobians included.</param>
public sealed record ImageLikelihood(int Images, double Nats, double TwoStandardErrors, double BitsPerDimension)
{
    /// <param name="pixelNats">-ln p(x) of each image.</param>
    /// <param name="logDeterminants">ln |det ∂v/∂x| of each image, see <see cref="LogitSpace"/>.</param>
    public static ImageLikelihood Of(IReadOnlyList<double> pixelNats, IReadOnlyList<double> logDeterminants)
    {
        var nats = pixelNats.Zip(logDeterminants, (pixels, logDeterminant) => pixels + logDeterminant).ToList();
        var mean = nats.Average();
        var variance = nats.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, nats.Count - 1);
        return new(nats.Count, mean, 2 * Math.Sqrt(variance / nats.Count), Bits(pixelNats.Average()));
    }

    /// <summary>Nats of an image's pixels as bits per pixel.</summary>
    public static double Bits(double pixelNats) => pixelNats / (Mnist.PixelCount * Math.Log(2));
}

/// <summary>The coordinates in which the literature counts the nats of MNIST: v = logit(λ + (1 - 2λ)(k + u)/256) with λ = 1e-6, u uniform
/// in (0, 1).</summary>
/// <remarks>
/// The model's density is one of pixels, p(x) per unit of the pixel value. Table 1 of Zhang, E, Wang (2018) takes that of the logits,
///     ln p(v) = ln p(x) - ln |det ∂v/∂x|        ln |∂v/∂x| = ln(1 - 2λ) - ln q - ln(1 - q) - ln 256 for each pixel, q = λ + (1 - 2λ)(k + u)/256,
/// as Papamakarios, Pavlakou, Murray (2017) do, whose table 2 it quotes. The map is fixed here, whatever preprocessing a model has of its own.
/// In scoring u is a function of the image, so model and map see the same point.
/// </remarks>
public sealed class LogitSpace : IDisposable
{
    private readonly BijectionChain _map;

    public LogitSpace()
    {
        // Neither step learns anything: one blank image tells the number of pixels, and the generator is not asked.
        using var blank = zeros(1, Mnist.PixelCount);
        using var generator = new Generator(0);
        _map = BijectionChain.Fit([new UniformDequantization(Mnist.Levels), new Logit(lambda: 1e-6)], blank, generator);
    }

    /// <summary>ln |det ∂v/∂x| of each image in nats, which is what -ln p(v) exceeds -ln p(x) by.</summary>
    public double[] LogDeterminants(Tensor images)
    {
        using var scope = NewDisposeScope();
        return _map.Forward(images).LogDeterminant.data<double>().ToArray();
    }

    /// <summary>Mean of ln |det ∂v/∂x| over a set, computed batch by batch.</summary>
    public double MeanLogDeterminant(Tensor images)
    {
        using var scope = NewDisposeScope();
        return images.split(ImageScoring.BatchSize).SelectMany(LogDeterminants).Average();
    }

    public void Dispose() => _map.Dispose();
}
