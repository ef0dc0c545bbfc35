using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The rows of a batch in blocks, each of which is solved by itself: what a processor's cache holds, yet enough rows for products
/// of matrices.</summary>
/// <remarks>Columns R of the tensors [.., R] are components, and within each of them rows.</remarks>
/// <param name="shape">Sizes.</param>
/// <param name="rows">Rows B of the batch.</param>
internal sealed class PairRows(PairShape shape, long rows)
{
    // Numbers of one tensor of features at a time.
    private const long NumbersAtOnce = 1 << 18;
    private const long LeastRows = 16;

    // A batch of the usual size has work for several threads, and a block of a small torus enough to be worth its operations.
    private const long UsualRows = 32;
    private const long LeastNumbers = 1 << 13;

    /// <summary>Number of blocks.</summary>
    public int Count { get; } = (int)Math.Max(1, (rows + Most(shape) - 1) / Most(shape));

    /// <summary>The columns of one block, in a tensor of their own.</summary>
    public Tensor Take(Tensor columns, int block)
    {
        using var scope = NewDisposeScope();
        var (start, end) = (rows * block / Count, rows * (block + 1) / Count);
        return columns.reshape([.. columns.shape[..^1], shape.Components, rows]).narrow(-1, start, end - start)
            .reshape([.. columns.shape[..^1], -1]).contiguous().alias().MoveToOuterDisposeScope();
    }

    /// <summary>The columns of all blocks in one tensor.</summary>
    public Tensor Join(IReadOnlyList<Tensor> blocks)
    {
        using var scope = NewDisposeScope();
        long[] leading = blocks[0].shape[..^1];
        return cat([.. blocks.Select(block => block.reshape([.. leading, shape.Components, -1]))], -1)
            .reshape([.. leading, -1]).MoveToOuterDisposeScope();
    }

    private static long Most(PairShape shape)
    {
        var numbers = shape.Sites * shape.Components;
        return Math.Clamp(NumbersAtOnce / (numbers * shape.Features), LeastRows, Math.Max(UsualRows, LeastNumbers / numbers));
    }
}
