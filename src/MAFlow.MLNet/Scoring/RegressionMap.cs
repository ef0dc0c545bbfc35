using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Features to mean, standard deviation and quantiles of the label, and to the log-likelihood of a label that is there.</summary>
internal sealed class RegressionMap(IHost host, ConditionalDensityModel model, RegressionSettings settings)
    : ConditionalMap(host, model, settings)
{
    public override string? LabelColumnName => Settings.Columns.Label;

    protected override int VectorLength => Settings.Levels.Length;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        CreateColumns(Settings, ScoreAnnotations.NextSetId(input));

    /// <summary>What a pipeline knows of the scored data before there is a model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public static SchemaShape OutputShape(SchemaShape input, RegressionSettings settings)
    {
        VectorInput.Check(input, settings.Columns.Features);
        var added = CreateColumns(settings, setId: 1);
        var kept = input.Where(column => !settings.Columns.Added.Contains(column.Name));
        return new SchemaShape(kept.Concat(added.Select(column => column.ToShape())));
    }

    protected override MappedBatch Evaluate(Tensor context, Tensor? labels, long[] numbers, MappedParts parts)
    {
        using var scope = NewDisposeScope();
        var predicted = Model.Predict(context);
        var moments = parts.HasFlag(MappedParts.Moments) ? predicted.Moments() : ((Tensor Mean, Tensor StandardDeviation)?)null;
        return new(VectorLength)
        {
            Means = moments is { } first ? TensorRows.ToArray(first.Mean) : null,
            Deviations = moments is { } second ? TensorRows.ToArray(second.StandardDeviation) : null,
            Vectors = parts.HasFlag(MappedParts.Vectors) ? TensorRows.ToArray(predicted.Quantiles(Settings.Levels)) : null,
            LogLikelihoods = parts.HasFlag(MappedParts.LogLikelihoods) ? LogLikelihoods(context, labels!) : null,
        };
    }

    private static List<MappedColumn> CreateColumns(RegressionSettings settings, uint setId)
    {
        var names = settings.Columns;
        var columns = new List<MappedColumn>();
        if (names.Score is { } score)
        {
            columns.Add(MappedColumn.Moment(score, (MappedBatch batch, int row, ref float value) => value = batch.Means![row],
                ScoreAnnotations.Create(setId, "Score", "Regression")));
        }

        if (names.StandardDeviation is { } deviation)
        {
            columns.Add(MappedColumn.Moment(
                deviation, (MappedBatch batch, int row, ref float value) => value = batch.Deviations![row]));
        }

        if (names.Quantiles is { } quantiles)
        {
            var levels = settings.Levels.Select(level => level.ToString(CultureInfo.InvariantCulture)).ToList();
            columns.Add(MappedColumn.Vector(quantiles, levels.Count, SlotNameAnnotations.Of(levels)));
        }

        if (names.LogLikelihood is { } logLikelihood)
        {
            columns.Add(MappedColumn.LogLikelihood(logLikelihood));
        }

        return columns;
    }

    /// <summary>ln p of each label; NaN where there is none, -∞ where it is infinite.</summary>
    private float[] LogLikelihoods(Tensor context, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var observed = TensorRows.ToArray(labels);
        var inside = tensor(
            Array.ConvertAll(observed, label => float.IsFinite(label) ? label : 0), [observed.Length, 1], dtype: ScalarType.Float32);
        var logLikelihoods = TensorRows.ToArray(Model.LogProb(inside, context));
        for (var row = 0; row < observed.Length; row++)
        {
            logLikelihoods[row] = float.IsNaN(observed[row]) ? float.NaN
                : float.IsInfinity(observed[row]) ? float.NegativeInfinity : logLikelihoods[row];
        }

        return logLikelihoods;
    }
}
