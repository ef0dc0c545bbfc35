using System.Numerics.Tensors;
using MAFlow.Scoring.Models;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> that a fitted flow evaluates.</summary>
/// <remarks>
/// A row with a missing value, which is NaN, gets missing values for an answer, which is how ML.NET's own scorers behave: one bad row must
/// not end the scoring of all others, nor touch their numbers. A row with an infinite value has density zero, as has one with a value that
/// no data can have. A row whose context is missing or infinite gets missing values too.
/// </remarks>
internal abstract class FlowMap : RowMap
{
    // Torch chooses its kernels by the number of rows: only blocks of one size give a row the same bits alone and in a table.
    private const int BlockOfTensors = 32;
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly Lazy<TensorModel> _model;
    private readonly Lazy<RowScorer?> _scorer;

    protected FlowMap(IHost host, ModelLease lease, FlowSettings settings)
    {
        (_host, _lease, Settings) = (host, lease, settings);
        (Dimension, ContextDimension, BatchSize) = (lease.Dimension, lease.ContextDimension, settings.ScoringBatchSize);
        _model = new(() => settings.ScoringDepth is { } depth ? lease.Model.At(depth) : lease.Model);
        _scorer = new(() => settings.ScoringDepth is { } depth ? lease.Scorer?.At(depth) : lease.Scorer);
    }

    public override int Dimension { get; }

    public override string? ContextColumnName => Settings.Columns.Context;

    public override int ContextDimension { get; }

    public override int BatchSize { get; }

    protected FlowSettings Settings { get; }

    /// <summary>Integration steps that an evaluation takes.</summary>
    public int Depth => _scorer.Value?.Depth ?? _model.Value.Depth;

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        MlNetInternals.CheckAlive(_host);
        using var inUse = _lease.Share();
        if (_scorer.Value is not { } scorer)
        {
            return EvaluateByTensors(values, rows, firstRow, parts);
        }

        return ContextDimension == 0
            ? Evaluate(scorer, values.AsSpan(0, rows * Dimension), [], rows, parts)
            : Evaluate(scorer, RowColumns.Copy(values, Width, rows, 0, Dimension),
                RowColumns.Copy(values, Width, rows, Dimension, ContextDimension), rows, parts);
    }

    /// <summary>The model in managed code, from which it is exported.</summary>
    /// <exception cref="NotSupportedException">It has a part that tensors alone can score; the message names it.</exception>
    protected RowScorer RequireScorer()
    {
        using var inUse = _lease.Share();
        if (_scorer.Value is { } scorer)
        {
            return scorer;
        }

        _ = ManagedScorer.Of(inUse.Model, out var reason);
        throw new NotSupportedException($"This flow cannot be exported to ONNX. {reason}");
    }

    /// <summary>Evaluates any rows [B, N] in managed code; contexts [B, C] are empty where there are none.</summary>
    protected abstract MappedBatch Evaluate(
        RowScorer scorer, ReadOnlySpan<float> values, ReadOnlySpan<float> contexts, int rows, MappedParts parts);

    /// <summary>Evaluates rows [B, N] of finite numbers; contexts [B, C] are null where there are none.</summary>
    protected abstract MappedBatch Evaluate(TensorModel model, Tensor rows, Tensor? contexts, MappedParts parts);

    private MappedBatch EvaluateByTensors(float[] values, int rows, long firstRow, MappedParts parts)
    {
        var finite = FiniteRows(values, rows);
        var (compact, count) = finite is null ? (values, rows) : (Select(values, finite), finite.Length);
        var blocks = new List<MappedBatch>();
        for (var start = 0; start < count; start += BlockOfTensors)
        {
            using var scope = NewDisposeScope();
            var first = start;
            try
            {
                var block = Block(compact, first, count);
                blocks.Add(ContextDimension == 0
                    ? Evaluate(_model.Value, block, null, parts)
                    : Evaluate(_model.Value, block.narrow(1, 0, Dimension), block.narrow(1, Dimension, ContextDimension), parts));
            }
            catch (ArgumentException error)
            {
                throw ColumnErrors.Naming(InputColumnName, error, row => firstRow + (finite is null ? first + row : finite[first + row]));
            }
        }

        var batch = MappedBatch.Joined(Dimension, count, blocks);
        return finite is null ? batch : batch.Scatter(finite, InfiniteRows(values, rows), rows);
    }

    /// <summary>So many rows from one on, the last one repeated where there are fewer, shape [<see cref="BlockOfTensors"/>,
    /// N + C].</summary>
    private Tensor Block(float[] values, int first, int count)
    {
        var block = new float[BlockOfTensors * Width];
        var taken = Math.Min(BlockOfTensors, count - first);
        values.AsSpan(first * Width, taken * Width).CopyTo(block);
        for (var row = taken; row < BlockOfTensors; row++)
        {
            values.AsSpan((first + taken - 1) * Width, Width).CopyTo(block.AsSpan(row * Width));
        }

        return TensorRows.FromArray(block, BlockOfTensors, Width);
    }

    // Null when all are: by far the most frequent case, which needs no copy.
    private int[]? FiniteRows(float[] values, int rows)
    {
        if (TensorPrimitives.IsFiniteAll(values.AsSpan(0, rows * Width)))
        {
            return null;
        }

        return [.. Enumerable.Range(0, rows).Where(row => TensorPrimitives.IsFiniteAll(values.AsSpan(row * Width, Width)))];
    }

    // An infinite value is infinitely far from all data; NaN alone is a value that is not known.
    private IEnumerable<int> InfiniteRows(float[] values, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            var features = values.AsSpan(row * Width, Dimension);
            var context = values.AsSpan((row * Width) + Dimension, ContextDimension);
            // Of no numbers, not all are finite.
            if ((context.IsEmpty || TensorPrimitives.IsFiniteAll<float>(context))
                && !TensorPrimitives.IsNaNAny<float>(features) && TensorPrimitives.IsInfinityAny<float>(features))
            {
                yield return row;
            }
        }
    }

    private float[] Select(float[] values, int[] rows)
    {
        var selected = new float[rows.Length * Width];
        for (var i = 0; i < rows.Length; i++)
        {
            values.AsSpan(rows[i] * Width, Width).CopyTo(selected.AsSpan(i * Width));
        }

        return selected;
    }
}
