using System.Numerics.Tensors;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> from contexts to what a conditional density says of them.</summary>
/// <remarks>A row with a context that is missing or infinite gets missing values for an answer, and does not touch the others.</remarks>
internal abstract class ConditionalMap : RowMap
{
    // A few rows have many codes each: it bounds the memory.
    private const int MaxRows = 32;
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly Lazy<IGivenFlow> _flow;

    /// <param name="host">Says whether to go on.</param>
    /// <param name="lease">The model.</param>
    /// <param name="depth">Integration steps asked for; null for those of the model.</param>
    protected ConditionalMap(IHost host, ModelLease lease, int? depth)
    {
        (_host, _lease) = (host, lease);
        (Dimension, RowDimension) = (lease.ContextDimension, lease.Dimension);
        _flow = new(() => lease.Scorer is { } scorer
            ? new ManagedGivenFlow(depth is { } steps ? scorer.At(steps) : scorer)
            : new TensorGivenFlow(depth is { } asked ? lease.Model.At(asked) : lease.Model));
    }

    public override int Dimension { get; }

    /// <summary>Number of coordinates of what depends on the context.</summary>
    protected int RowDimension { get; }

    /// <summary>Length of the vectors of a batch.</summary>
    protected abstract int VectorLength { get; }

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        using var inUse = _lease.Share();
        int[] usable = [.. Enumerable.Range(0, rows).Where(
            row => TensorPrimitives.IsFiniteAll<float>(values.AsSpan(row * Width, Dimension)))];
        var blocks = new List<MappedBatch>();
        foreach (var chunk in usable.Chunk(_flow.Value.RowsOfBlock ?? MaxRows))
        {
            MlNetInternals.CheckAlive(_host);
            // The last row again where there are fewer.
            int[] block = [.. chunk, .. Enumerable.Repeat(chunk[^1], (_flow.Value.RowsOfBlock ?? chunk.Length) - chunk.Length)];
            var contexts = new double[block.Length * Dimension];
            for (var row = 0; row < block.Length; row++)
            {
                TensorPrimitives.ConvertTruncating<float, double>(
                    values.AsSpan(block[row] * Width, Dimension), contexts.AsSpan(row * Dimension, Dimension));
            }

            var labels = Width == Dimension ? null : Array.ConvertAll(block, row => values[(row * Width) + Dimension]);
            blocks.Add(Evaluate(_flow.Value, contexts, labels, Array.ConvertAll(block, row => firstRow + row), parts));
        }

        return MappedBatch.Joined(VectorLength, usable.Length, blocks).Scatter(usable, [], rows);
    }

    /// <summary>Evaluates a block of rows.</summary>
    /// <param name="flow">The density.</param>
    /// <param name="contexts">Finite contexts [B, C].</param>
    /// <param name="labels">Labels [B], NaN where there are none; null where the map reads none.</param>
    /// <param name="numbers">The number of each row in the view.</param>
    /// <param name="parts">What is asked for.</param>
    protected abstract MappedBatch Evaluate(
        IGivenFlow flow, double[] contexts, float[]? labels, long[] numbers, MappedParts parts);
}
