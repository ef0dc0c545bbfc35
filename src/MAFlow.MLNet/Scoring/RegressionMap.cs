using System.Globalization;
using MAFlow.Scoring.Numerics;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Scoring;

/// <summary>Features to mean, standard deviation and quantiles of the label, and to the log-likelihood of a label that is there.</summary>
internal sealed class RegressionMap(IHost host, ModelLease lease, RegressionSettings settings) : ConditionalMap(host, lease, depth: null)
{
    // Φ⁻¹ of each level.
    private readonly double[] _codes = Array.ConvertAll(settings.Levels, level => SpecialFunctions.NormalQuantile((2 * level) - 1));

    public override string InputColumnName => settings.Columns.Features;

    public override string? LabelColumnName => settings.Columns.Label;

    public override int BatchSize => settings.BatchSize;

    protected override int VectorLength => settings.Levels.Length;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        CreateColumns(settings, ScoreAnnotations.NextSetId(input));

    /// <summary>What a pipeline knows of the scored data before there is a model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing, or of another type.</exception>
    public static SchemaShape OutputShape(SchemaShape input, RegressionSettings settings)
    {
        VectorInput.Check(input, settings.Columns.Features);
        var added = CreateColumns(settings, setId: 1);
        var kept = input.Where(column => !settings.Columns.Added.Contains(column.Name));
        return new SchemaShape(kept.Concat(added.Select(column => column.ToShape())));
    }

    public override void SaveAsOnnx(ConvertedGraph graph) => throw new NotSupportedException(
        "A regression cannot be exported to ONNX: mean and quantiles are the way from latent codes back to labels. Score with ML.NET, "
        + "which needs no libtorch for it; ConditionalDensityScorer.SaveOnnx exports the log-likelihood alone.");

    protected override MappedBatch Evaluate(
        IGivenFlow flow, double[] contexts, float[]? labels, long[] numbers, MappedParts parts)
    {
        var (means, deviations) = parts.HasFlag(MappedParts.Moments) ? Moments(flow, contexts) : (null, null);
        return new(VectorLength)
        {
            Means = means,
            Deviations = deviations,
            Vectors = parts.HasFlag(MappedParts.Vectors) ? Array.ConvertAll(At(flow, contexts, _codes), value => (float)value) : null,
            LogLikelihoods = parts.HasFlag(MappedParts.LogLikelihoods) ? LogLikelihoods(flow, contexts, labels!) : null,
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

    /// <summary>Every latent code for every row, [B, codes].</summary>
    private double[] At(IGivenFlow flow, double[] contexts, double[] codes)
    {
        var rows = contexts.Length / Dimension;
        var (z, repeated) = (new double[rows * codes.Length], new double[rows * codes.Length * Dimension]);
        for (var place = 0; place < z.Length; place++)
        {
            z[place] = codes[place % codes.Length];
            contexts.AsSpan(place / codes.Length * Dimension, Dimension).CopyTo(repeated.AsSpan(place * Dimension));
        }

        return flow.Decode(z, repeated);
    }

    private (float[] Means, float[] Deviations) Moments(IGivenFlow flow, double[] contexts)
    {
        var rule = NormalQuadrature.Instance;
        var values = At(flow, contexts, rule.Nodes);
        var rows = contexts.Length / Dimension;
        var (means, deviations) = (new float[rows], new float[rows]);
        for (var row = 0; row < rows; row++)
        {
            var own = values.AsSpan(row * rule.Nodes.Length, rule.Nodes.Length);
            (means[row], deviations[row]) = ((float)rule.Mean(own), (float)Math.Sqrt(rule.Variance(own)));
        }

        return (means, deviations);
    }

    /// <summary>ln p of each label; NaN where there is none, -∞ where it is infinite.</summary>
    private static float[] LogLikelihoods(IGivenFlow flow, double[] contexts, float[] labels)
    {
        var inside = Array.ConvertAll(labels, label => float.IsFinite(label) ? label : 0.0);
        var logLikelihoods = Array.ConvertAll(flow.LogProb(inside, contexts), value => (float)value);
        for (var row = 0; row < labels.Length; row++)
        {
            logLikelihoods[row] = float.IsNaN(labels[row]) ? float.NaN
                : float.IsInfinity(labels[row]) ? float.NegativeInfinity : logLikelihoods[row];
        }

        return logLikelihoods;
    }
}
