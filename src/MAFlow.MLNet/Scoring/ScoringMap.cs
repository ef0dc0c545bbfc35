using MAFlow.Torch;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet;

/// <summary>Data to latent code, log-likelihood, score and label.</summary>
internal sealed class ScoringMap(IHost host, ModelLease lease, FlowSettings settings) : FlowMap(host, lease, settings.ScoringBatchSize)
{
    public override string InputColumnName => settings.Columns.Input;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        CreateColumns(settings.Columns, Dimension, settings.Threshold, ScoreAnnotations.NextSetId(input));

    /// <summary>The columns; what a pipeline asks for before there is a model depends on none of the numbers.</summary>
    public static IReadOnlyList<MappedColumn> CreateColumns(FlowColumns names, int dimension, float threshold, uint setId)
    {
        var columns = new List<MappedColumn> { MappedColumn.Vector(names.Output, dimension) };
        if (names.LogLikelihood is { } logLikelihood)
            columns.Add(MappedColumn.Scalar(logLikelihood, NumberDataViewType.Single,
                (MappedBatch batch, int row, ref float value) => value = batch.LogLikelihood(row)));
        if (names.Score is { } score)
            columns.Add(MappedColumn.Scalar(score, NumberDataViewType.Single,
                (MappedBatch batch, int row, ref float value) => value = -batch.LogLikelihood(row), ScoreAnnotations.Create(setId, "Score")));
        if (names.PredictedLabel is { } label)
            columns.Add(MappedColumn.Scalar(label, BooleanDataViewType.Instance,
                (MappedBatch batch, int row, ref bool value) => value = -batch.LogLikelihood(row) > threshold,
                ScoreAnnotations.Create(setId, "PredictedLabel")));
        return columns;
    }

    protected override (float[] Vectors, float[] LogLikelihoods) Evaluate(DensityModel model, Tensor rows)
    {
        var state = model.Encode(rows, settings.ScoringDepth);
        return (TensorRows.ToArray(state.X), TensorRows.ToArray(state.LogProb));
    }
}
