using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Seeds drawn from a generator.</summary>
internal static class Seeds
{
    /// <summary>The next seed.</summary>
    public static ulong Next(Generator generator) => (ulong)RandomIndex.Next(long.MaxValue, generator);
}
