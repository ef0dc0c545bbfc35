using MnistDensity.Data;
using static TorchSharp.torch;

namespace MnistDensity.Likelihoods;

/// <summary>The coordinates in which the literature counts the nats of MNIST: v = logit(λ + (1 - 2λ)(k + u)/256) with λ = 1e-6, u uniform in (0, 1).</summary>
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
