using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>A random integer as a number, not as a tensor.</summary>
internal static class RandomIndex
{
    /// <summary>An integer from 0 to <paramref name="exclusiveMaximum"/> - 1, each equally likely.</summary>
    /// <param name="exclusiveMaximum">At least 1.</param>
    /// <param name="generator">Source of randomness.</param>
    public static long Next(long exclusiveMaximum, Generator generator)
    {
        using var draw = randint(0, exclusiveMaximum, [1], dtype: int64, generator: generator);
        return draw.item<long>();
    }
}
