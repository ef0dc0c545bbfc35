using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Scoring;

/// <summary>Features to a label drawn from its distribution, one for each row; equal seeds draw equal labels, however rows are
/// batched.</summary>
internal sealed class SamplingMap(IHost host, ConditionalDensityModel model, RegressionSettings settings, string outputColumnName, int seed)
    : ConditionalMap(host, model, settings)
{
    protected override int VectorLength => 1;

    public override IReadOnlyList<MappedColumn> CreateColumns(DataViewSchema input) =>
        [MappedColumn.Moment(outputColumnName, (MappedBatch batch, int row, ref float value) => value = batch.Means![row])];

    protected override MappedBatch Evaluate(Tensor context, Tensor? labels, long[] numbers, MappedParts parts)
    {
        using var scope = NewDisposeScope();
        var codes = tensor(Array.ConvertAll(numbers, number => RowNoise.Normal(seed, number)), [numbers.Length, 1]);
        return new(1) { Means = TensorRows.ToArray(Model.Decode(codes, context)) };
    }
}
