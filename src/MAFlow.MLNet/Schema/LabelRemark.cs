using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Schema;

/// <summary>What to do with a label that mlContext.AnomalyDetection.Evaluate refuses, in words that its own message lacks.</summary>
internal static class LabelRemark
{
    private const string LabelColumn = "Label";

    /// <summary>Null where there is no such column, or one that can be evaluated.</summary>
    public static string? Of(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(LabelColumn)?.Type is not { } type
            || type is NumberDataViewType { RawType: var raw } && raw == typeof(float))
        {
            return null;
        }

        var cure = type is TextDataViewType
            ? $"map its values with mlContext.Transforms.Conversion.MapValue(\"{LabelColumn}\", "
                + "new Dictionary<string, float> { [\"ordinary\"] = 0, [\"anomaly\"] = 1 })"
            : $"convert it with mlContext.Transforms.Conversion.ConvertType(\"{LabelColumn}\", outputKind: DataKind.Single)";
        return $"mlContext.AnomalyDetection.Evaluate expects the column '{LabelColumn}' to be Single, above 0 for anomalies, got "
            + $"{type}: {cure} before the evaluation.";
    }
}
