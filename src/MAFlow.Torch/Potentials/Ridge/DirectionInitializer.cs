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
    /// <param name="count">Number of directions h.</param>
    /// <param name="scale">Standard deviation of each coordinate, shape [N], float64.</param>
    /// <param name="generator">Source of randomness.</param>
    /// <returns>Shape [h, N], float64; their lengths do not matter.</returns>
    public abstract Tensor Draw(long count, Tensor scale, Generator generator);

    /// <summary>Independent normal numbers, moved through managed memory where entries are set one by one.</summary>
    private protected static double[] Normals(long count, Generator generator)
    {
        using var draws = randn(count, dtype: float64, generator: generator);
        return draws.data<double>().ToArray();
    }

    /// <summary>An integer from 0 to <paramref name="exclusiveMaximum"/> - 1.</summary>
    private protected static long NextIndex(long exclusiveMaximum, Generator generator) => RandomIndex.Next(exclusiveMaximum, generator);
}
