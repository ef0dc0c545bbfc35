using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>The rows of a batch in blocks, each of which is solved by itself.</summary>
/// <remarks>Columns R of the tensors [.., R] are components, and within each of them rows.</remarks>
/// <param name="potential">Whose columns they are.</param>
/// <param name="x">The batch, shape [B, N].</param>
internal sealed class ColumnBlocks(KnotPotential potential, Tensor x)
{
    private readonly long _rows = x.shape[0];

    /// <summary>Number of blocks.</summary>
    public int Count { get; } = (int)Math.Max(1, (x.shape[0] + potential.RowsAtOnce(x) - 1) / potential.RowsAtOnce(x));

    /// <summary>The columns of one block, in a tensor of their own.</summary>
    public Tensor Take(Tensor columns, int block)
    {
        using var scope = NewDisposeScope();
        var (start, end) = (_rows * block / Count, _rows * (block + 1) / Count);
        return columns.reshape([.. columns.shape[..^1], potential.Components, _rows]).narrow(-1, start, end - start)
            .reshape([.. columns.shape[..^1], -1]).contiguous().alias().MoveToOuterDisposeScope();
    }

    /// <summary>The columns of all blocks in one tensor.</summary>
    public Tensor Join(IReadOnlyList<Tensor> blocks)
    {
        using var scope = NewDisposeScope();
        long[] leading = blocks[0].shape[..^1];
        return cat([.. blocks.Select(block => block.reshape([.. leading, potential.Components, -1]))], -1)
            .reshape([.. leading, -1]).MoveToOuterDisposeScope();
    }
}
