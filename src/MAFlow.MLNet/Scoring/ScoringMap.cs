using MAFlow.Scoring.Models;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Data to latent code, log-likelihood, score and label.</summary>
internal sealed class ScoringMap(IHost host, ModelLease lease, FlowSettings settings) : FlowMap(host, lease, settings)
{
    public override string InputColumnName => Settings.Columns.Input;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        CreateColumns(Settings, Dimension, ScoreAnnotations.NextSetId(input), SlotNameAnnotations.Of(input, Settings.Columns.Input));

    /// <summary>What a pipeline knows of the scored data before there is a model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing, or not a known-size vector of
    /// Single.</exception>
    public static SchemaShape OutputShape(SchemaShape input, FlowColumns columns)
    {
        VectorInput.Check(input, columns.Input);
        if (columns.Context is { } context)
        {
            VectorInput.Check(input, context, VectorInput.ContextRole);
        }

        // Only the kinds of the columns show in a shape, none of the numbers.
        var settings = new FlowSettings(columns, Threshold: 0, ScoringDepth: null, ScoringBatchSize: 1);
        var added = CreateColumns(settings, dimension: 1, setId: 1, SlotNameAnnotations.Of(input, columns.Input));
        var kept = input.Where(column => !columns.Added.Contains(column.Name));
        return new SchemaShape(kept.Concat(added.Select(column => column.ToShape())));
    }

    /// <summary>The columns; what a pipeline asks for before there is a model depends on none of the numbers.</summary>
    public static IReadOnlyList<MappedColumn> CreateColumns(
        FlowSettings settings, int dimension, uint setId, DataViewSchema.Annotations? slotNames)
    {
        var (names, threshold, heldOut) = (settings.Columns, settings.Threshold, settings.HeldOut);
        var columns = new List<MappedColumn>();
        if (names.Output is { } output)
        {
            columns.Add(MappedColumn.Vector(output, dimension));
        }

        if (names.LogLikelihood is { } logLikelihood)
        {
            columns.Add(MappedColumn.LogLikelihood(logLikelihood));
        }

        if (names.Score is { } score)
        {
            columns.Add(MappedColumn.Scalar(score, NumberDataViewType.Single,
                (MappedBatch batch, int row, ref float value) => value = batch.Score(row),
                ScoreAnnotations.Create(setId, "Score")));
        }

        if (names.PredictedLabel is { } label)
        {
            columns.Add(MappedColumn.Scalar(label, BooleanDataViewType.Instance,
                (MappedBatch batch, int row, ref bool value) => value = batch.Score(row) > threshold,
                ScoreAnnotations.Create(setId, "PredictedLabel")));
        }

        if (names.PValue is { } pValue)
        {
            columns.Add(MappedColumn.Scalar(pValue, NumberDataViewType.Single,
                (MappedBatch batch, int row, ref float value) => value = HeldOutRank.PValue(heldOut!, batch.Score(row))));
        }

        if (names.Contributions is { } contributions)
        {
            columns.Add(MappedColumn.Contributions(contributions, dimension, slotNames));
        }

        if (names.LeadingFeatures is { } leading)
        {
            columns.Add(LeadingColumns.Features(leading, settings.LeadingCount ?? 1, SlotNameAnnotations.Names(slotNames)));
        }

        if (names.LeadingContributions is { } largest)
        {
            columns.Add(LeadingColumns.Contributions(largest, settings.LeadingCount ?? 1));
        }

        return columns;
    }

    public override MappedBatch Evaluate(float[] values, int rows, long firstRow, MappedParts parts)
    {
        if (!parts.HasFlag(MappedParts.Scores))
        {
            return base.Evaluate(values, rows, firstRow, parts);
        }

        var others = parts & ~MappedParts.Scores;
        if (Settings.Ranking is not { } ranking)
        {
            return base.Evaluate(values, rows, firstRow, others | MappedParts.LogLikelihoods);
        }

        var batch = base.Evaluate(values, rows, firstRow, others | ranking.Parts);
        return batch.WithScores(ranking.Scores(values, rows, batch));
    }

    public override void SaveAsOnnx(ConvertedGraph graph) => new OnnxColumns(graph, Settings).Write(RequireScorer());

    protected override MappedBatch Evaluate(
        RowScorer scorer, ReadOnlySpan<float> values, ReadOnlySpan<float> contexts, int rows, MappedParts parts)
    {
        var logLikelihoods = new float[rows];
        var vectors = parts.HasFlag(MappedParts.Vectors) ? new float[values.Length] : null;
        if ((parts & ~MappedParts.Contributions) != 0)
        {
            scorer.Encode(values, contexts, vectors, logLikelihoods);
        }

        var contributions = parts.HasFlag(MappedParts.Contributions) ? new float[values.Length] : null;
        if (contributions is not null)
        {
            scorer.ScoreGradient(values, contexts, contributions);
            for (var row = 0; row < rows; row++)
            {
                var own = contributions.AsSpan(row * Dimension, Dimension);
                System.Numerics.Tensors.TensorPrimitives.Multiply(own, Settings.Deviations, own);
            }
        }

        return new(Dimension) { Vectors = vectors, LogLikelihoods = logLikelihoods, Contributions = contributions };
    }

    protected override MappedBatch Evaluate(TensorModel model, Tensor rows, Tensor? contexts, MappedParts parts)
    {
        using var scope = NewDisposeScope();
        var encoded = (parts & ~MappedParts.Contributions) == 0 ? default : model.Encode(rows, contexts);
        return new(Dimension)
        {
            Vectors = parts.HasFlag(MappedParts.Vectors) ? TensorRows.ToArray(encoded!.Z) : null,
            LogLikelihoods = parts.HasFlag(MappedParts.LogLikelihoods) ? TensorRows.ToArray(encoded!.LogProb) : null,
            Contributions = parts.HasFlag(MappedParts.Contributions)
                ? TensorRows.ToArray(model.ScoreGradient(rows).mul(tensor(Settings.Deviations!)))
                : null,
        };
    }
}
