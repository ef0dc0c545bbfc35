using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>The base density at t = 0: ln p(z) = -½|z|² - (N/2) ln 2π.</summary>
internal static class StandardNormal
{
    /// <summary>Log-density of each row.</summary>
    /// <param name="z">Points, shape [B, N].</param>
    /// <returns>Shape [B], in nats.</returns>
    public static Tensor LogProb(Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        using var scope = NewDisposeScope();
        using Scalar minusHalf = (-0.5).ToScalar();
        using Scalar normalization = (0.5 * z.shape[1] * Math.Log(2 * Math.PI)).ToScalar();
        return z.Square().sum([1L]).mul(minusHalf).sub(normalization).MoveToOuterDisposeScope();
    }

    /// <summary>Draws points from the base density.</summary>
    /// <param name="count">Number of points B, at least 1.</param>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <param name="generator">Source of randomness (a CPU generator: the same seed gives the same points on every device).</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <param name="device">Where the points end up; the CPU when null.</param>
    /// <returns>Shape [B, N].</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one point.</exception>
    public static Tensor Sample(
        long count, long dimension, Generator generator, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        TensorChecks.RequireAtLeast(count, 1);
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        return randn([count, dimension], dtype: dtype, generator: generator).to(device ?? CPU).MoveToOuterDisposeScope();
    }
}
