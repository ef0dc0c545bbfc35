using MnistDensity.Data;

namespace MnistDensity;

/// <summary>The closed-form maps of single pixels in front of the flow.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Steps">Preprocessing, first step first; what makes the pixels white comes after it.</param>
public sealed record PixelMap(string Name, IReadOnlyList<BijectionFit> Steps)
{
    /// <summary>Each pixel becomes normal by its own histogram: the best start.</summary>
    public static PixelMap Histograms { get; } = new("histograms", [new UniformDequantization(Mnist.Levels), new HistogramGaussianization(Mnist.Levels)]);

    /// <summary>The paper's logit with λ = 1e-6: what is gained over the Gaussian is the flow's alone.</summary>
    public static PixelMap Logit { get; } = new("logit", [new UniformDequantization(Mnist.Levels), new Logit(1e-6)]);

    public static IReadOnlyList<PixelMap> All { get; } = [Histograms, Logit];
}
