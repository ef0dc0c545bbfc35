using System.Security.Cryptography;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

/// <summary>A fitted model bit by bit, in a line.</summary>
internal static class Fingerprint
{
    /// <summary>Threshold, a digest of it with the scores of a table and the weights, and how training ended.</summary>
    public static string Of(MongeAmpereFlowTransformer model, IDataView data)
    {
        var scored = model.Transform(data);
        float[] numbers =
        [
            model.Threshold,
            .. scored.GetColumn<float>(scored.Schema["Score"]),
            .. model.Model.Flow.Potential.parameters().SelectMany(parameter => parameter.detach().data<float>().ToArray()),
        ];
        var digest = SHA256.HashData([.. numbers.SelectMany(BitConverter.GetBytes)]);
        return FormattableString.Invariant($"{model.Threshold:R} {Convert.ToHexString(digest)} {model.Report!.Steps} {model.Report.StopReason}");
    }
}
