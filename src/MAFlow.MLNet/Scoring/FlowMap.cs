using System.Numerics.Tensors;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> that a fitted flow evaluates.</summary>
/// <remarks>
/// A row with a missing value gets missing values for an answer, which is how ML.NET's own scorers behave: one bad row must not end the
/// scoring of all others, nor touch their numbers.
/// </remarks>
internal abstract class FlowMap : RowMap
{
    private readonly IHost _host;
    private readonly ModelLease _lease;
    private readonly DensityModel _model;

    protected FlowMap(IHost host, ModelLease lease, FlowSettings settings)
    {
        (_host, _lease, _model, Settings) = (host, lease, settings.Of(lease.Model), settings);
        (Dimension, BatchSize) = (checked((int)_model.Dimension), settings.ScoringBatchSize);
    }

    public override int Dimension { get; }

    public override int BatchSize { get; }

    protected FlowSettings Settings { get; }

    /// <summary>Integration steps that an evaluation takes.</summary>
    public int Depth => _model.Flow.Depth;

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        MlNetInternals.CheckAlive(_host);
        using var inUse = _lease.Share();
        var finite = FiniteRows(values, rows);
        var (compact, count) = finite is null ? (values, rows) : (Select(values, finite), finite.Length);
        using var scope = NewDisposeScope();
        try
        {
            var batch = count == 0 ? Nothing() : Evaluate(_model, TensorRows.FromArray(compact, count, Dimension), parts);
            return finite is null ? batch : batch.Scatter(finite, rows);
        }
        catch (ArgumentException error)
        {
            throw ColumnErrors.Naming(InputColumnName, error, row => firstRow + (finite is null ? row : finite[row]));
        }
    }

    /// <summary>Evaluates rows [B, N] of finite numbers.</summary>
    protected abstract MappedBatch Evaluate(DensityModel model, Tensor rows, MappedParts parts);

    private MappedBatch Nothing() => new(Dimension) { Vectors = [], LogLikelihoods = [], Contributions = [] };

    // Null when all are: by far the most frequent case, which needs no copy.
    private int[]? FiniteRows(float[] values, int rows)
    {
        if (TensorPrimitives.IsFiniteAll(values.AsSpan(0, rows * Dimension)))
        {
            return null;
        }

        return [.. Enumerable.Range(0, rows).Where(row => TensorPrimitives.IsFiniteAll(values.AsSpan(row * Dimension, Dimension)))];
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
