using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Arithmetic;

/// <summary>Large temporary tensors that return their memory to the system as soon as they are disposed.</summary>
/// <remarks>
/// glibc's allocator splits aligned blocks of up to 32 MiB out of its heap, and any small allocation that falls between two of them keeps
/// both from being used again: a training would grow by its buffers at every step. Larger blocks are mapped on their own. So a large buffer
/// asks for more address space than that; pages that are never touched cost nothing.
/// </remarks>
internal static class LargeBuffer
{
    private const long LargestHeapBlock = 32L << 20;
    private const long WorthMapping = 1L << 20;

    private static readonly Lazy<bool> _keeps = new(() =>
    {
        // glibc takes the size of the largest mapped block that was freed as a sign of what is to come: it serves blocks up to that size
        // from its heap, and keeps twice as much of it when blocks are freed. Before, the temporaries of each stage would be handed back
        // to the system and paged in again, which takes longer than all arithmetic on them.
        using var block = empty(LargestHeapBlock - (1 << 16), dtype: ScalarType.Byte);
        return true;
    });

    /// <summary>Lets the allocator keep up to 64 MiB of freed temporaries for the next ones, from the first call on.</summary>
    public static void KeepFreedMemory() => _ = _keeps.Value;

    /// <summary>An uninitialised tensor of a shape, with the type and device of another.</summary>
    public static Tensor Empty(long[] shape, Tensor like)
    {
        var count = shape.Aggregate(1L, (product, extent) => product * extent);
        var bytes = count * like.element_size();
        if (like.device.type != DeviceType.CPU || bytes < WorthMapping)
        {
            return empty(shape, dtype: like.dtype, device: like.device);
        }

        // Room to begin and to end at a boundary of large pages, and more than the heap would serve.
        using var scope = NewDisposeScope();
        var room = Math.Max(LargestHeapBlock + (1 << 14), bytes + (2 * HugePages.Size));
        var mapped = empty(room / like.element_size(), dtype: like.dtype);
        var start = HugePages.Advise(mapped, bytes) / like.element_size();
        return mapped.narrow(0, start, count).view(shape).MoveToOuterDisposeScope();
    }
}
