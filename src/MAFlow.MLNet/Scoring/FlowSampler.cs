using TorchSharp;

namespace MAFlow.MLNet.Scoring;

/// <summary>Draws rows from a density into one array, a few at a time so that the memory of the solver stays small.</summary>
internal static class FlowSampler
{
    public static FeatureMatrix Draw(DensityModel model, int count, int seed, FlowSettings settings)
    {
        var dimension = checked((int)model.Dimension);
        if (count < 1 || (long)count * dimension > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count,
                $"Expected from 1 to {Array.MaxLength / dimension} rows of {dimension} numbers, got {count}. Draw more in several "
                + "calls, each with a seed of its own.");
        }

        TorchRuntime.EnsureLoaded();
        using var generator = new torch.Generator((ulong)(uint)seed);
        var values = new float[count * dimension];
        model = settings.Of(model);
        for (var row = 0; row < count; row += settings.ScoringBatchSize)
        {
            using var scope = torch.NewDisposeScope();
            var rows = model.Sample(Math.Min(settings.ScoringBatchSize, count - row), generator);
            TensorRows.ToArray(rows).CopyTo(values, row * dimension);
        }

        return new FeatureMatrix(values, count, dimension);
    }
}
