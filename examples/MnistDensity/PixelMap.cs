using MnistDensity.Data;

namespace MnistDensity;

/// <summary>The closed-form maps between pixels and the coordinates in which the flow begins.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Steps">Preprocessing, first step first.</param>
public sealed record PixelMap(string Name, IReadOnlyList<BijectionFit> Steps)
{
    /// <summary>Each pixel becomes normal by its own histogram, then all of them white: the best start.</summary>
    public static PixelMap Histograms { get; } = new("histograms", [new UniformDequantization(Mnist.Levels), new HistogramGaussianization(Mnist.Levels), new AffineGaussianization()]);

    /// <summary>The paper's logit with λ = 1e-6, then all pixels white: what is gained over the Gaussian is the flow's alone.</summary>
    public static PixelMap Logit { get; } = new("logit", [new UniformDequantization(Mnist.Levels), new Logit(1e-6), new AffineGaussianization()]);

    public static IReadOnlyList<PixelMap> All { get; } = [Histograms, Logit];
}
