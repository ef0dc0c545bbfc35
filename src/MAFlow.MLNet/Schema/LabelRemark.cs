using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Schema;

/// <summary>What to do with a label that mlContext.AnomalyDetection.Evaluate refuses, in words that its own message lacks.</summary>
/// <remarks>Whether a view will be evaluated is not known when it is made, so one remark has to do for all views of a model.</remarks>
internal sealed class LabelRemark
{
    private const string LabelColumn = "Label";
    private const ulong KeysThatEvaluate = 2;

    private int _told;

    /// <summary>Warns of the label of a scored view, if there is one that cannot be evaluated and nothing has been said before.</summary>
    public void Tell(IHost host, DataViewSchema schema)
    {
        if (Of(schema) is { } remark && Interlocked.Exchange(ref _told, 1) == 0)
        {
            using var channel = host.Start("Scoring");
            channel.Warning(MessageSensitivity.None, remark);
        }
    }

    /// <summary>Null where there is no such column, or one that can be evaluated.</summary>
    public static string? Of(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(LabelColumn)?.Type is not { } type
            || type.Equals(NumberDataViewType.Single) || type is KeyDataViewType { Count: KeysThatEvaluate })
        {
            return null;
        }

        return $"mlContext.AnomalyDetection.Evaluate expects the column '{LabelColumn}' to be Single, above 0 for anomalies, or a key of "
            + $"two values, got {type}. Before an evaluation, {Cure(type)}.";
    }

    private static string Cure(DataViewType type) => type switch
    {
        BooleanDataViewType or NumberDataViewType =>
            $"convert it with mlContext.Transforms.Conversion.ConvertType(\"{LabelColumn}\", outputKind: DataKind.Single)",
        TextDataViewType => MapValue("string", "[\"ordinary\"] = 0, [\"anomaly\"] = 1"),
        // Keys are not converted to numbers; a map reads them as they are stored, where 0 is a missing value.
        KeyDataViewType key => MapValue(key.RawType.Name, "[1] = 0, [2] = 1") + ", naming all of them, counted from 1",
        _ => "compute one with mlContext.Transforms.CustomMapping",
    };

    private static string MapValue(string? key, string values) =>
        $"map its values with mlContext.Transforms.Conversion.MapValue(\"{LabelColumn}\", new Dictionary<{key}, float> {{ {values} }})";
}
