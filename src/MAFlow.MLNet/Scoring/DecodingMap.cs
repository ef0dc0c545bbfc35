using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Latent codes back to data in its original units.</summary>
internal sealed class DecodingMap(IHost host, ModelLease lease, FlowSettings settings) : FlowMap(host, lease, settings.ScoringBatchSize)
{
    public override string InputColumnName => settings.Columns.Output
        ?? throw new InvalidOperationException("This flow has no column of latent codes to decode. Name one in the options before training.");

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) => [MappedColumn.Vector(settings.Columns.Input, Dimension)];

    protected override (float[] Vectors, float[] LogLikelihoods, float[] Contributions) Evaluate(DensityModel model, Tensor rows) =>
        (TensorRows.ToArray(model.Decode(rows, settings.ScoringDepth)), [], []);
}
