using static TorchSharp.torch;

namespace MAFlow.Torch.Serialization;

/// <summary>The bytes of tensors of any size, place and layout, block by block.</summary>
/// <remarks>TorchSharp gives a tensor's bytes as one span, which refuses transposed tensors and those of 2 GiB and more.</remarks>
internal static class TensorBytes
{
    private const long BlockBytes = 1L << 28;

    /// <summary>Hands out the numbers in the order of their indices, as they lie in memory.</summary>
    /// <param name="value">Any tensor.</param>
    /// <param name="write">Takes one block after the other.</param>
    /// <param name="blockBytes">Largest block.</param>
    public static void Write(Tensor value, Action<ReadOnlySpan<byte>> write, long blockBytes = BlockBytes)
    {
        using var scope = NewDisposeScope();
        foreach (var block in Blocks(value.detach().cpu().contiguous(), blockBytes))
        {
            write(block.bytes);
        }
    }

    /// <summary>Fills a contiguous tensor on the CPU from a stream.</summary>
    /// <returns>Whether the stream had enough bytes.</returns>
    public static bool Fill(Tensor target, Stream stream, long blockBytes = BlockBytes)
    {
        using var scope = NewDisposeScope();
        foreach (var block in Blocks(target, blockBytes))
        {
            if (stream.ReadAtLeast(block.bytes, block.bytes.Length, throwOnEndOfStream: false) < block.bytes.Length)
            {
                return false;
            }
        }

        return true;
    }

    private static IEnumerable<Tensor> Blocks(Tensor contiguous, long blockBytes)
    {
        var flat = contiguous.view(-1);
        var (count, length) = (flat.shape[0], Math.Max(1, blockBytes / contiguous.element_size()));
        for (var start = 0L; start < count; start += length)
        {
            yield return flat.narrow(0, start, Math.Min(length, count - start));
        }
    }
}
