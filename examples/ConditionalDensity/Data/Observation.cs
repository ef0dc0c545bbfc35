using Microsoft.ML;
using Microsoft.ML.Data;

namespace ConditionalDensity.Data;

/// <summary>Features with the label to predict.</summary>
public sealed class Observation
{
    public float[] Features { get; init; } = [];

    public float Label { get; init; }

    /// <summary>Rows as a view that knows how many features there are.</summary>
    public static IDataView View(MLContext mlContext, IReadOnlyList<Observation> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Observation));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
        return mlContext.Data.LoadFromEnumerable(rows, schema);
    }
}
