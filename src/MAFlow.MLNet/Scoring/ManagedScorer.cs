using MAFlow.Scoring.Models;

namespace MAFlow.MLNet.Scoring;

/// <summary>From a model of tensors to one that is scored without them.</summary>
internal static class ManagedScorer
{
    /// <summary>Reads what the model would save; null where it cannot be saved, or has a part that tensors alone can score.</summary>
    public static RowScorer? Of(TensorModel model) => Of(model, out _);

    /// <summary>The same, with the reason why there is none.</summary>
    public static RowScorer? Of(TensorModel model, out string? reason)
    {
        if (!model.IsOnCpu)
        {
            reason = "Expected a model on the CPU, got one on a GPU; load what it saves in an MLContext without one.";
            return null;
        }

        using var stream = new MemoryStream();
        try
        {
            model.Save(stream);
        }
        catch (NotSupportedException error)
        {
            // A family of the user's own that does not say how it is stored.
            reason = error.Message;
            return null;
        }

        stream.Position = 0;
        return RowScorer.TryLoad(stream, stream.Length, model.ContextDimension > 0, out var scorer, out reason) ? scorer : null;
    }
}
