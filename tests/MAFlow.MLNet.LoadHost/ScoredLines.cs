using Microsoft.ML;
using Microsoft.ML.Data;

/// <summary>All that a loaded model says of rows, bit by bit: a line for each row of its view, then one for each row of its
/// PredictionEngine. What it does not say counts as zero.</summary>
internal static class ScoredLines
{
    public static IEnumerable<string> Of(ITransformer model, IDataView data)
    {
        var context = new MLContext();
        var dimension = ((VectorDataViewType)data.Schema[nameof(Row.Features)].Type).Size;
        var (input, output) = (Shaped(typeof(Row), dimension), Shaped(typeof(ScoredRow), dimension));
        using var engine = context.Model.CreatePredictionEngine<Row, ScoredRow>(
            model, new PredictionEngineOptions
            {
                IgnoreMissingColumns = true, InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false,
            });
        return
        [
            .. context.Data.CreateEnumerable<ScoredRow>(model.Transform(data), reuseRowObject: false, ignoreMissingColumns: true, output)
                .Select(row => row.ToString()),
            .. context.Data.CreateEnumerable<Row>(data, reuseRowObject: false, schemaDefinition: input).Select(row => engine.Predict(row).ToString()),
        ];
    }

    private static SchemaDefinition Shaped(Type type, int dimension)
    {
        var schema = SchemaDefinition.Create(type);
        foreach (var column in schema.Where(column => column.ColumnType is VectorDataViewType))
        {
            column.ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimension);
        }

        return schema;
    }
}

/// <summary>A row of numbers.</summary>
internal sealed class Row
{
    public float[] Features { get; set; } = [];
}

/// <summary>The columns that a flow adds.</summary>
internal sealed class ScoredRow
{
    public float[] Latent { get; set; } = [];

    public float LogLikelihood { get; set; }

    public float Score { get; set; }

    public bool PredictedLabel { get; set; }

    public float PValue { get; set; }

    public float[] Contributions { get; set; } = [];

    public override string ToString() => string.Join(
        ' ', Latent.Concat([LogLikelihood, Score, PValue]).Concat(Contributions).Select(number => $"{BitConverter.SingleToInt32Bits(number):x8}"))
        + $" {PredictedLabel}";
}
