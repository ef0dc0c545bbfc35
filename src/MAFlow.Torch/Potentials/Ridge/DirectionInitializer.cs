using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>How the initial directions wⱼ of a ridge potential are drawn, in the coordinates of the data.</summary>
/// <remarks>
/// In whitened coordinates a random direction sees a Gaussian, by the central limit theorem, and the flow has nothing to learn from.
/// Directions that mix only a few of the original features see structure at once.
/// </remarks>
public abstract class DirectionInitializer
{
    /// <summary>Draws directions.</summary>
    /// <param name="count">Number of directions h, at least 1.</param>
    /// <param name="scale">Standard deviation of each coordinate, shape [N], float64.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [h, N], float64; their lengths do not matter.</returns>
    /// <exception cref="ArgumentException">The initializer is made for another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public Tensor Draw(long count, Tensor scale, Generator generator)
    {
        TensorChecks.RequireAtLeast(count, 1);
        ArgumentNullException.ThrowIfNull(scale);
        ArgumentNullException.ThrowIfNull(generator);
        return DrawDirections(count, scale, generator);
    }

    /// <summary>Draws directions, as <see cref="Draw"/> returns them.</summary>
    /// <param name="count">Number of directions h.</param>
    /// <param name="scale">Standard deviation of each coordinate, shape [N], float64.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [h, N], float64.</returns>
    protected internal abstract Tensor DrawDirections(long count, Tensor scale, Generator generator);

    /// <summary>Independent normal numbers, moved through managed memory where entries are set one by one.</summary>
    private protected static double[] Normals(long count, Generator generator)
    {
        using var draws = randn(count, dtype: float64, generator: generator);
        return draws.data<double>().ToArray();
    }

    /// <summary>An integer from 0 to <paramref name="exclusiveMaximum"/> - 1.</summary>
    private protected static long NextIndex(long exclusiveMaximum, Generator generator) => RandomIndex.Next(exclusiveMaximum, generator);
}
