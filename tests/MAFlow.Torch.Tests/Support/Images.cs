using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Convolutional potentials away from rest, in float64.</summary>
internal static class Images
{
    public static ConvolutionalOptions Small { get; } = new()
    {
        PixelFeatures = 2, CouplingSide = 3, Filters = 2, FilterSide = 3, Dilations = [1, 2], Type = float64,
    };

    public static ConvolutionalPotential Random(int channels, int height, int width, ConvolutionalOptions? options = null, double strength = 0.1)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(7);
        var potential = ConvolutionalPotential.AtRest(channels, height, width, generator, options ?? Small);
        foreach (var (_, parameter) in potential.named_parameters())
        {
            parameter.add_(randn(parameter.shape, dtype: float64, generator: generator), alpha: strength);
        }

        return potential;
    }

    /// <summary>The quadratic potential of correlated rows with a mean.</summary>
    public static GaussianPotential Gaussian(long dimension, double duration = 1)
    {
        using var scope = NewDisposeScope();
        return GaussianPotential.Fit(
            Draw.Normal(81, 40, dimension).mm(Draw.Normal(82, dimension, dimension).mul(0.3).add(eye(dimension, dtype: float64))).add(0.4), duration, float64);
    }
}
