using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Seeds drawn from a generator.</summary>
internal static class Seeds
{
    /// <summary>The next seed.</summary>
    public static ulong Next(Generator generator)
    {
        using var seed = randint(0, long.MaxValue, [1], dtype: int64, generator: generator);
        return (ulong)seed.item<long>();
    }
}
