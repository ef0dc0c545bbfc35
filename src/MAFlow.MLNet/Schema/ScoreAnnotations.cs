using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Schema;

/// <summary>The annotations by which ML.NET's evaluators and tools recognise the columns of an anomaly detector or of a
/// regression.</summary>
internal static class ScoreAnnotations
{
    public const string SetId = "ScoreColumnSetId";
    private const string ColumnKind = "ScoreColumnKind";
    private const string ValueKind = "ScoreValueKind";

    private static readonly KeyDataViewType _setIdType = new(typeof(uint), int.MaxValue);

    /// <summary>The annotations of one column; <paramref name="valueKind"/> is "Score" or "PredictedLabel".</summary>
    public static DataViewSchema.Annotations Create(uint setId, string valueKind, string columnKind = "AnomalyDetection")
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(SetId, _setIdType, (ref uint value) => value = setId);
        builder.Add(ColumnKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = columnKind.AsMemory());
        builder.Add(ValueKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
        return builder.ToAnnotations();
    }

    /// <summary>A set id that no column of <paramref name="schema"/> has, so that each scorer of a pipeline has its own.</summary>
    public static uint NextSetId(DataViewSchema schema)
    {
        uint next = 1;
        foreach (var column in schema)
        {
            if (column.Annotations.Schema.GetColumnOrNull(SetId) is not { Type: KeyDataViewType type } || type.RawType != typeof(uint))
            {
                continue;
            }

            uint id = 0;
            column.Annotations.GetValue(SetId, ref id);
            next = Math.Max(next, id + 1);
        }

        return next;
    }
}
