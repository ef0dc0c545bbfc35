using System.Numerics.Tensors;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> that a fitted flow evaluates.</summary>
/// <remarks>
/// A row with a missing value, which is NaN, gets missing values for an answer, which is how ML.NET's own scorers behave: one bad row must
/// not end the scoring of all others, nor touch their numbers. A row with an infinite value has density zero, as has one with a value that
/// no data can have.
/// </remarks>
internal abstract class FlowMap : RowMap
{
    // Torch chooses its kernels by the number of rows: only blocks of one size give a row the same bits alone and in a table.
    private const int BlockOfTensors = 32;
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly Lazy<DensityModel> _model;
    private readonly Lazy<DensityScorer?> _scorer;

    protected FlowMap(IHost host, ModelLease lease, FlowSettings settings)
    {
        (_host, _lease, Settings) = (host, lease, settings);
        (Dimension, BatchSize) = (lease.Dimension, settings.ScoringBatchSize);
        _model = new(() => settings.Of(lease.Model));
        _scorer = new(() => settings.ScoringDepth is { } depth ? lease.Scorer?.At(depth) : lease.Scorer);
    }

    public override int Dimension { get; }

    public override int BatchSize { get; }

    protected FlowSettings Settings { get; }

    /// <summary>Integration steps that an evaluation takes.</summary>
    public int Depth => _scorer.Value?.Depth ?? _model.Value.Flow.Depth;

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        MlNetInternals.CheckAlive(_host);
        using var inUse = _lease.Share();
        return _scorer.Value is { } scorer
            ? Evaluate(scorer, values.AsSpan(0, rows * Dimension), rows, parts)
            : EvaluateByTensors(values, rows, firstRow, parts);
    }

    /// <summary>The model in managed code, from which it is exported.</summary>
    /// <exception cref="NotSupportedException">It has a part that tensors alone can score; the message names it.</exception>
    protected DensityScorer RequireScorer()
    {
        using var inUse = _lease.Share();
        if (_scorer.Value is { } scorer)
        {
            return scorer;
        }

        _ = ManagedScorer.Of(inUse.Model, out var reason);
        throw new NotSupportedException($"This flow cannot be exported to ONNX. {reason}");
    }

    /// <summary>Evaluates any rows [B, N] in managed code.</summary>
    protected abstract MappedBatch Evaluate(DensityScorer scorer, ReadOnlySpan<float> values, int rows, MappedParts parts);

    /// <summary>Evaluates rows [B, N] of finite numbers.</summary>
    protected abstract MappedBatch Evaluate(DensityModel model, Tensor rows, MappedParts parts);

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
                blocks.Add(Evaluate(_model.Value, Block(compact, first, count), parts));
            }
            catch (ArgumentException error)
            {
                throw ColumnErrors.Naming(InputColumnName, error, row => firstRow + (finite is null ? first + row : finite[first + row]));
            }
        }

        var batch = MappedBatch.Joined(Dimension, count, blocks);
        return finite is null ? batch : batch.Scatter(finite, InfiniteRows(values, rows), rows);
    }

    /// <summary>So many rows from one on, the last one repeated where there are fewer, shape [<see cref="BlockOfTensors"/>, N].</summary>
    private Tensor Block(float[] values, int first, int count)
    {
        var block = new float[BlockOfTensors * Dimension];
        var taken = Math.Min(BlockOfTensors, count - first);
        values.AsSpan(first * Dimension, taken * Dimension).CopyTo(block);
        for (var row = taken; row < BlockOfTensors; row++)
        {
            values.AsSpan((first + taken - 1) * Dimension, Dimension).CopyTo(block.AsSpan(row * Dimension));
        }

        return TensorRows.FromArray(block, BlockOfTensors, Dimension);
    }

    // Null when all are: by far the most frequent case, which needs no copy.
    private int[]? FiniteRows(float[] values, int rows)
    {
        if (TensorPrimitives.IsFiniteAll(values.AsSpan(0, rows * Dimension)))
        {
            return null;
        }

        return [.. Enumerable.Range(0, rows).Where(row => TensorPrimitives.IsFiniteAll(values.AsSpan(row * Dimension, Dimension)))];
    }

    // An infinite value is infinitely far from all data; NaN alone is a value that is not known.
    private IEnumerable<int> InfiniteRows(float[] values, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            var features = values.AsSpan(row * Dimension, Dimension);
            if (!TensorPrimitives.IsNaNAny(features) && TensorPrimitives.IsInfinityAny(features))
            {
                yield return row;
            }
        }
    }

    private float[] Select(float[] values, int[] rows)
    {
        var selected = new float[rows.Length * Dimension];
        for (var i = 0; i < rows.Length; i++)
        {
            values.AsSpan(rows[i] * Dimension, Dimension).CopyTo(selected.AsSpan(i * Dimension));
        }

        return selected;
    }
}
