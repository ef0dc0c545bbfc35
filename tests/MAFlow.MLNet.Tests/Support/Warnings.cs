using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Tests;

/// <summary>What a context warns of.</summary>
internal static class Warnings
{
    /// <summary>The texts of its warnings, which grows while it is used.</summary>
    public static List<string> Of(MLContext context)
    {
        var warnings = new List<string>();
        context.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
            {
                warnings.Add(message.RawMessage);
            }
        };
        return warnings;
    }
}
