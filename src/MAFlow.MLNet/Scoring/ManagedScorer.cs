namespace MAFlow.MLNet.Scoring;

/// <summary>From a model of tensors to one that is scored without them.</summary>
internal static class ManagedScorer
{
    /// <summary>Reads what the model would save; null where it cannot be saved, or has a part that tensors alone can score.</summary>
    public static DensityScorer? Of(DensityModel model) => Of(model, out _);

    /// <summary>The same, with the reason why there is none.</summary>
    public static DensityScorer? Of(DensityModel model, out string? reason)
    {
        if (model.Flow.Potential.parameters().Any(parameter => parameter.device.type != TorchSharp.DeviceType.CPU))
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
        return DensityScorer.TryLoad(stream, stream.Length, out var scorer, out reason) ? scorer : null;
    }
}
