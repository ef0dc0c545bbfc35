using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring.Detectors;

/// <summary>A row as ML.NET reads it.</summary>
public sealed class FeatureRow
{
    public float[] Features { get; set; } = [];

    /// <summary>A view whose feature vectors have a known size, which ML.NET cannot know from the type alone.</summary>
    public static IDataView View(MLContext mlContext, float[][] rows, IReadOnlyList<string>? names = null)
    {
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        if (names is not null)
        {
            var slots = new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(name => name.AsMemory())]);
            schema[nameof(Features)].AddAnnotation("SlotNames", slots, new VectorDataViewType(TextDataViewType.Instance, names.Count));
        }

        return mlContext.Data.LoadFromEnumerable(rows.Select(row => new FeatureRow { Features = row }), schema);
    }
}
