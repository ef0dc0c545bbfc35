using MnistDensity.Data;

namespace MnistDensity.Likelihoods;

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
