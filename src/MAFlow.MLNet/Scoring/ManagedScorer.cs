namespace MAFlow.MLNet.Scoring;

/// <summary>From a model of tensors to one that is scored without them.</summary>
internal static class ManagedScorer
{
    /// <summary>Reads what the model would save; null where it cannot be saved, or has a part that tensors alone can score.</summary>
    public static DensityScorer? Of(DensityModel model)
    {
        if (model.Flow.Potential.parameters().Any(parameter => parameter.device.type != TorchSharp.DeviceType.CPU))
        {
            return null;
        }

        using var stream = new MemoryStream();
        try
        {
            model.Save(stream);
        }
        catch (NotSupportedException)
        {
            // A family of the user's own that does not say how it is stored.
            return null;
        }

        stream.Position = 0;
        return DensityScorer.TryLoad(stream, stream.Length, out var scorer, out _) ? scorer : null;
    }
}
