using System.Numerics;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>How the rows of a factored solve are divided: blocks that stay in cache, and parts of consecutive blocks, one thread
/// each.</summary>
/// <remarks>Rows of hidden units are padded to whole panels. What is summed over rows is summed part by part, so that results do not depend
/// on the number of threads.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class FactoredLayout<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Stages and adjoints of a block: well within the second level of cache.
    private const int BytesPerBlock = 1 << 18;
    private const int RowsPerTile = 6;
    private const int MostRows = 48;
    private const int MostParts = 8;

    private readonly FactoredSolve _solve;
    private readonly FactoredMethod _method;
    private readonly FactoredKernels<T> _kernels;
    private readonly CouplingPanels<T> _panels;
    private readonly Tensor _like;
    private readonly int _batch;

    /// <param name="solve">What is solved.</param>
    /// <param name="y">Hidden units at the start, shape [B, h].</param>
    /// <param name="left">L, shape [h, N].</param>
    /// <param name="right">R, shape [h, N].</param>
    public FactoredLayout(FactoredSolve solve, Tensor y, Tensor left, Tensor right)
    {
        (_solve, _like, _batch) = (solve, left, (int)y.shape[0]);
        (_method, _kernels) = (new(solve.Tableau, solve.Grid), FactoredKernels<T>.Of(solve.Width));
        _panels = new(left.ToNumbers<T>(), right.ToNumbers<T>(), (int)left.shape[0], (int)left.shape[1]);
        var bytesPerRow = 2 * _method.Stages * _panels.Widen.Columns * Unsafe.SizeOf<T>();
        RowsPerBlock = Math.Clamp(BytesPerBlock / bytesPerRow / RowsPerTile, 1, MostRows / RowsPerTile) * RowsPerTile;
        PartsOf = Math.Clamp((_batch + RowsPerBlock - 1) / RowsPerBlock, 1, MostParts);
    }

    /// <summary>Most rows of a block.</summary>
    public int RowsPerBlock { get; }

    /// <summary>Number of parts.</summary>
    public int PartsOf { get; }

    /// <summary>N, rounded up to whole panels.</summary>
    public int Dimension => _panels.Narrow.Columns;

    /// <summary>Numbers that a row keeps for the reverse pass.</summary>
    public int KeptPerRow => _method.Steps * _method.Stages * Dimension;

    private int Hidden => _panels.Widen.Columns;

    /// <summary>Columns of a gradient, rounded up to the tiles of its sums.</summary>
    private int Columns => (int)((_like.shape[1] + 3) / 4 * 4);

    /// <summary>A tensor [B, h] with rows of whole panels.</summary>
    public Tensor Padded(Tensor rows) => rows.shape[1] == Hidden
        ? rows.contiguous()
        : nn.functional.pad(rows, [0, Hidden - rows.shape[1]]).contiguous();

    /// <summary>The same without what was added.</summary>
    public Tensor Unpadded(Tensor rows) => _like.shape[0] == Hidden ? rows.alias() : rows.narrow(1, 0, _like.shape[0]).contiguous();

    /// <summary>Rows of whole panels.</summary>
    public Tensor Empty() => empty([_batch, Hidden], dtype: _like.dtype);

    /// <summary>Sums of a gradient, at 0.</summary>
    public Tensor NoGradient() => zeros([Columns, Hidden], dtype: _like.dtype);

    /// <summary>The gradient [h, N] from the sums of all parts.</summary>
    public Tensor Gradient(IReadOnlyList<Tensor> parts)
    {
        using var scope = NewDisposeScope();
        var sum = parts[0];
        foreach (var part in parts.Skip(1))
        {
            sum.Add_(part);
        }

        return sum.narrow(0, 0, _like.shape[1]).narrow(1, 0, _like.shape[0]).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Some rows of hidden units.</summary>
    public Span<T> Rows(Tensor padded, (int First, int Count) rows) => padded.Numbers<T>().Slice(rows.First * Hidden, rows.Count * Hidden);

    /// <summary>What some rows keep.</summary>
    public Span<T> Kept(Tensor kept, (int First, int Count) rows) =>
        kept.Numbers<T>().Slice(rows.First * KeptPerRow, rows.Count * KeptPerRow);

    /// <summary>Room for the points of one stage of a block.</summary>
    public Span<T> Place(Tensor places, int part, int rows) => places.Numbers<T>().Slice(part * RowsPerBlock * Dimension, rows * Dimension);

    /// <summary>Works on all parts, as many at the same time as torch has threads.</summary>
    /// <param name="scope">Owns the results.</param>
    /// <param name="work">From the memory of a thread, the number of the part and its blocks to the tensors of the part.</param>
    public IReadOnlyList<Tensor>[] ForParts(
        DisposeScope scope, Func<FactoredBlock<T>, int, IEnumerable<(int First, int Count)>, IReadOnlyList<Tensor>> work) =>
        Workers.Map(PartsOf, get_num_threads(), scope, part =>
        {
            using var block = new FactoredBlock<T>(_kernels, _method, _solve.Activation, _panels, RowsPerBlock);
            return work(block, part, Blocks(part));
        });

    private IEnumerable<(int First, int Count)> Blocks(int part)
    {
        var blocks = (_batch + RowsPerBlock - 1) / RowsPerBlock;
        var (begin, end) = (part * blocks / PartsOf, (part + 1) * blocks / PartsOf);
        for (var first = begin * RowsPerBlock; first < Math.Min(_batch, end * RowsPerBlock); first += RowsPerBlock)
        {
            yield return (first, Math.Min(RowsPerBlock, _batch - first));
        }
    }
}
