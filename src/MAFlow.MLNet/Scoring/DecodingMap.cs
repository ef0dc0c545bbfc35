using Microsoft.ML;
using static TorchSharp.torch;

namespace MAFlow.MLNet;

/// <summary>Latent codes back to data in its original units.</summary>
internal sealed class DecodingMap(ModelLease lease, FlowSettings settings) : FlowMap(lease, settings.ScoringBatchSize)
{
    public override string InputColumnName => settings.Columns.Output;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) => [MappedColumn.Vector(settings.Columns.Input, Dimension)];

    protected override (float[] Vectors, float[] LogLikelihoods) Evaluate(ModelLease model, Tensor rows) =>
        (TensorRows.ToArray(model.Model.Decode(rows, settings.ScoringDepth)), []);
}
