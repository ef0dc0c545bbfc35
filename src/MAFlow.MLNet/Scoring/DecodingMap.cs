using MAFlow.Scoring.Models;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Latent codes back to data in its original units.</summary>
internal sealed class DecodingMap(IHost host, ModelLease lease, FlowSettings settings) : FlowMap(host, lease, settings)
{
    public override string InputColumnName => Settings.Columns.Output
        ?? throw new InvalidOperationException("This flow has no column of latent codes to decode. Name one in the options before "
            + "training.");

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        [MappedColumn.Vector(Settings.Columns.Input, Dimension)];

    public override void SaveAsOnnx(ConvertedGraph graph) => throw new NotSupportedException(
        "Decoded rows cannot be exported to ONNX: it has the way from data to scores alone. To export a step behind them on its own, give "
        + "ConvertToOnnx mlContext.Data.Cache(view) in place of the decoded view.");

    protected override MappedBatch Evaluate(
        RowScorer scorer, ReadOnlySpan<float> values, ReadOnlySpan<float> contexts, int rows, MappedParts parts)
    {
        var vectors = new float[values.Length];
        scorer.Decode(values, contexts, vectors);
        return new(Dimension) { Vectors = vectors };
    }

    protected override MappedBatch Evaluate(TensorModel model, Tensor rows, Tensor? contexts, MappedParts parts) =>
        new(Dimension) { Vectors = TensorRows.ToArray(model.Decode(rows, contexts)) };
}
