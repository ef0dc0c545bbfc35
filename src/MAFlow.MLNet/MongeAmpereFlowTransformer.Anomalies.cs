using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet;

/// <content>What else a detector of anomalies can say.</content>
public sealed partial class MongeAmpereFlowTransformer
{
    /// <summary>What the scores measure.</summary>
    public AnomalyMeasure Measure => _settings.Measure;

    /// <summary>What ranks in place of the density; null where that does.</summary>
    internal RankingMeasure? Ranking => _settings.Ranking;

    /// <summary>Says what rows would have to be to be ordinary: the nearest ordinary row on the way of the flow to the most probable
    /// region, on which the latent code of a row is drawn towards the origin.</summary>
    /// <param name="rows">A view with the input column.</param>
    /// <param name="outputColumnName">Name of the new column: vectors in original units, with the slot names of the input. A row that is no
    /// anomaly stays as it is; where there is no ordinary row on the way, all slots are NaN.</param>
    /// <returns>The same view with one column more. It is lazy, as <see cref="Transform"/> is, and takes some fifty evaluations for each
    /// batch that has anomalies.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing, or of another type or size.</exception>
    /// <exception cref="ArgumentException">The name is empty, or that of the input column.</exception>
    /// <exception cref="NotSupportedException">The density depends on a context column.</exception>
    public IDataView ToOrdinary(IDataView rows, string outputColumnName = "Ordinary")
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        if (_settings.Columns.Context is { } context)
        {
            throw new NotSupportedException($"Ordinary rows are not sought where the density depends on the context column '{context}'. "
                + "Draw typical rows of the same contexts with Sample in their place.");
        }

        if (outputColumnName == _settings.Columns.Input)
        {
            throw new ArgumentException(
                $"Expected a name for a new column, got '{outputColumnName}', which is the column that is read.", nameof(outputColumnName));
        }

        var (scoring, decoding) = (new ScoringMap(_host, _lease, _settings), new DecodingMap(_host, _lease, _settings));
        return new BatchedView(rows, new OrdinaryMap(scoring, decoding, _settings.Threshold, outputColumnName));
    }

    /// <summary>Says whether the model still fits: compares rows that are taken for ordinary with those it took p-values from.</summary>
    /// <param name="scored">Fresh rows as <see cref="Transform"/> scored them, with the column of p-values.</param>
    /// <exception cref="InvalidOperationException">The model was trained without p-values, or no row has one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The view has no column of p-values.</exception>
    public CalibrationMetrics EvaluateCalibration(IDataView scored)
    {
        ArgumentNullException.ThrowIfNull(scored);
        if (_settings is not { HeldOut: { } heldOut, Columns: { PValue: { } name } columns })
        {
            throw new InvalidOperationException("This model holds no held-out scores to compare with. Train it with "
                + "AnomalyDetection.Trainers.MongeAmpereFlow.");
        }

        if (scored.Schema.GetColumnOrNull(name) is not { } column || column.Type != NumberDataViewType.Single)
        {
            throw new ArgumentOutOfRangeException(nameof(scored), $"Expected a column '{name}' of Single with p-values, got none. "
                + "Give the view that Transform made.");
        }

        float[] pValues = [.. scored.GetColumn<float>(column).Where(p => !float.IsNaN(p))];
        if (pValues.Length == 0)
        {
            throw new InvalidOperationException($"Expected rows with a p-value in column '{name}', got none.");
        }

        var flags = columns.PredictedLabel is { } label && scored.Schema.GetColumnOrNull(label) is { } labels
            ? scored.GetColumn<bool>(labels) : null;
        var statistic = TwoSampleTest.Statistic(pValues, heldOut.Length);
        return new()
        {
            Rows = pValues.Length,
            KolmogorovSmirnov = statistic,
            PValue = TwoSampleTest.PValue(statistic, pValues.Length, heldOut.Length),
            ShareFlagged = flags?.Average(flag => flag ? 1.0 : 0.0) ?? double.NaN,
        };
    }

    /// <summary>A transformer of the same model whose scores are of another measure, without a threshold and p-values of its own.</summary>
    internal MongeAmpereFlowTransformer RankedBy(AnomalyMeasure measure, RankingMeasure? ranking) => new(
        _host, _lease.Share(), _settings with { Measure = measure, Ranking = ranking, Threshold = float.PositiveInfinity }, Report);
}
