using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>The numbers of a tensor on the CPU for code of our own.</summary>
internal static class TensorMemory
{
    /// <summary>All numbers of a contiguous tensor, in place: good while the tensor lives.</summary>
    public static Span<T> Numbers<T>(this Tensor contiguous)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(contiguous.bytes);

    /// <summary>A copy of all numbers, row by row.</summary>
    public static T[] ToNumbers<T>(this Tensor tensor)
        where T : unmanaged
    {
        using var contiguous = tensor.detach().contiguous();
        return contiguous.Numbers<T>().ToArray();
    }
}
