using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>A <see cref="RowMap"/> that a fitted flow evaluates.</summary>
/// <remarks>
/// A row with a missing value gets missing values for an answer, which is how ML.NET's own scorers behave: one bad row must not end the
/// scoring of all others, nor touch their numbers.
/// </remarks>
internal abstract class FlowMap(IHost host, ModelLease lease, int batchSize) : RowMap
{
    private readonly int _dimension = checked((int)lease.Model.Dimension);

    public override int Dimension => _dimension;

    public override int BatchSize => batchSize;

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow)
    {
        MlNetInternals.CheckAlive(host);
        using var inUse = lease.Share();
        var finite = FiniteRows(values, rows);
        var (compact, count) = finite is null ? (values, rows) : (Select(values, finite), finite.Length);
        if (count == 0)
        {
            return Scatter([], [], [], [], rows);
        }

        using var scope = NewDisposeScope();
        try
        {
            var (vectors, logLikelihoods, contributions) = Evaluate(inUse.Model, TensorRows.FromArray(compact, count, _dimension));
            return finite is null
                ? new MappedBatch(vectors, _dimension, logLikelihoods, contributions)
                : Scatter(vectors, logLikelihoods, contributions, finite, rows);
        }
        catch (ArgumentException error)
        {
            throw ColumnErrors.Naming(InputColumnName, firstRow, error);
        }
    }

    /// <summary>Evaluates rows [B, N] of finite numbers.</summary>
    protected abstract (float[] Vectors, float[] LogLikelihoods, float[] Contributions) Evaluate(DensityModel model, Tensor rows);

    // Null when all are: by far the most frequent case, which needs no copy.
    private int[]? FiniteRows(float[] values, int rows)
    {
        var finite = Enumerable.Range(0, rows).Where(row => Finite.All(values.AsSpan(row * _dimension, _dimension))).ToArray();
        return finite.Length == rows ? null : finite;
    }

    private float[] Select(float[] values, int[] rows)
    {
        var selected = new float[rows.Length * _dimension];
        for (var i = 0; i < rows.Length; i++)
        {
            values.AsSpan(rows[i] * _dimension, _dimension).CopyTo(selected.AsSpan(i * _dimension));
        }

        return selected;
    }

    private MappedBatch Scatter(float[] vectors, float[] logLikelihoods, float[] contributions, int[] finite, int rows)
    {
        var allLogLikelihoods = new float[rows];
        Array.Fill(allLogLikelihoods, float.NaN);
        for (var i = 0; i < finite.Length; i++)
        {
            if (logLikelihoods.Length > 0)
            {
                allLogLikelihoods[finite[i]] = logLikelihoods[i];
            }
        }

        return new MappedBatch(ScatterVectors(vectors, finite, rows), _dimension, allLogLikelihoods, ScatterVectors(contributions, finite, rows));
    }

    private float[] ScatterVectors(float[] vectors, int[] finite, int rows)
    {
        var all = new float[rows * _dimension];
        Array.Fill(all, float.NaN);
        for (var i = 0; i < finite.Length && vectors.Length > 0; i++)
        {
            vectors.AsSpan(i * _dimension, _dimension).CopyTo(all.AsSpan(finite[i] * _dimension));
        }

        return all;
    }
}
