using System.Numerics.Tensors;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> that a conditional density evaluates.</summary>
/// <remarks>A row with a feature that is missing or infinite gets missing values for an answer, and does not touch the others.</remarks>
internal abstract class ConditionalMap : RowMap
{
    // Torch chooses its kernels by the number of rows: only blocks of one size give a row the same bits alone and in a table.
    private const int BlockSize = 32;
    private readonly IHost _host;

    protected ConditionalMap(IHost host, ConditionalDensityModel model, RegressionSettings settings)
    {
        (_host, Model, Settings) = (host, model, settings);
        Dimension = checked((int)model.ContextDimension);
    }

    public override string InputColumnName => Settings.Columns.Features;

    public override int Dimension { get; }

    public override int BatchSize => Settings.BatchSize;

    protected ConditionalDensityModel Model { get; }

    protected RegressionSettings Settings { get; }

    /// <summary>Length of the vectors of a batch.</summary>
    protected abstract int VectorLength { get; }

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        int[] usable = [.. Enumerable.Range(0, rows).Where(row => TensorPrimitives.IsFiniteAll(values.AsSpan(row * Width, Dimension)))];
        var blocks = new List<MappedBatch>();
        foreach (var chunk in usable.Chunk(BlockSize))
        {
            MlNetInternals.CheckAlive(_host);
            // The last row again where there are fewer.
            int[] block = [.. chunk, .. Enumerable.Repeat(chunk[^1], BlockSize - chunk.Length)];
            using var scope = NewDisposeScope();
            var table = TensorRows.FromArray([.. block.SelectMany(row => values[(row * Width)..((row + 1) * Width)])], BlockSize, Width);
            var labels = Width == Dimension ? null : table.select(1, Dimension);
            blocks.Add(Evaluate(table.narrow(1, 0, Dimension), labels, [.. block.Select(row => firstRow + row)], parts));
        }

        return MappedBatch.Joined(VectorLength, usable.Length, blocks).Scatter(usable, [], rows);
    }

    /// <summary>Evaluates a block of rows.</summary>
    /// <param name="context">Finite features [B, C].</param>
    /// <param name="labels">Labels [B], NaN where there are none; null where the map reads none.</param>
    /// <param name="numbers">The number of each row in the view.</param>
    /// <param name="parts">What is asked for.</param>
    protected abstract MappedBatch Evaluate(Tensor context, Tensor? labels, long[] numbers, MappedParts parts);
}
