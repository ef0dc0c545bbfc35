using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Scoring;

/// <summary>Contexts to a row drawn from the distribution of each; equal seeds draw equal rows, however they are batched.</summary>
internal sealed class SamplingMap : ConditionalMap
{
    private readonly MappedColumn _column;
    private readonly int _seed;

    private SamplingMap(IHost host, ModelLease lease, int? depth, string contexts, int batchSize, MappedColumn column, int seed)
        : base(host, lease, depth) => (InputColumnName, BatchSize, _column, _seed) = (contexts, batchSize, column, seed);

    public override string InputColumnName { get; }

    public override int BatchSize { get; }

    protected override int VectorLength => RowDimension;

    /// <summary>Labels of a regression: a column of Single.</summary>
    public static SamplingMap OfLabels(IHost host, ModelLease lease, RegressionSettings settings, string output, int seed) => new(
        host, lease, depth: null, settings.Columns.Features, settings.BatchSize,
        MappedColumn.Moment(output, (MappedBatch batch, int row, ref float value) => value = batch.Means![row]), seed);

    /// <summary>Rows of a density that depends on a context: a column of vectors.</summary>
    public static SamplingMap OfRows(IHost host, ModelLease lease, FlowSettings settings, string output, int seed) => new(
        host, lease, settings.ScoringDepth, settings.Columns.Context!, settings.ScoringBatchSize,
        MappedColumn.Vector(output, lease.Dimension), seed);

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) => [_column];

    public override void SaveAsOnnx(ConvertedGraph graph) => throw new NotSupportedException(
        "Drawn rows cannot be exported to ONNX: it has the way from data to scores alone. To export a step behind them on its own, give "
        + "ConvertToOnnx mlContext.Data.Cache(view) in place of the view with them.");

    protected override MappedBatch Evaluate(
        IGivenFlow flow, double[] contexts, float[]? labels, long[] numbers, MappedParts parts)
    {
        double[] codes = [.. numbers.SelectMany(
            number => Enumerable.Range(0, RowDimension).Select(k => RowNoise.Normal(_seed, number, k)))];
        var rows = Array.ConvertAll(flow.Decode(codes, contexts), value => (float)value);
        return new(RowDimension) { Vectors = rows, Means = RowDimension == 1 ? rows : null };
    }
}
