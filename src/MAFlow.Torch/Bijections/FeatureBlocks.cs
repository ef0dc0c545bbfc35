using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Fits that look at each feature on its own, a few features at a time: temporaries are of a block, not of the table.</summary>
internal static class FeatureBlocks
{
    private const long NumbersPerBlock = 1L << 21;

    /// <summary>Numbers of each feature, shapes [N].</summary>
    /// <param name="data">Rows [R, N].</param>
    /// <param name="limits">Who waits.</param>
    /// <param name="fit">The same of some features.</param>
    public static Tensor[] Of(Tensor data, FitLimits limits, Func<Tensor, Tensor[]> fit)
    {
        var width = data.shape[1];
        var most = Math.Clamp(NumbersPerBlock / data.shape[0], 1, width);
        var parts = new List<Tensor[]>();
        for (var start = 0L; start < width; start += most)
        {
            limits.Check();
            using var scope = NewDisposeScope();
            var block = data.narrow(1, start, Math.Min(most, width - start));
            parts.Add([.. fit(block).Select(numbers => numbers.MoveToOuterDisposeScope())]);
        }

        return [.. parts[0].Select((_, i) => cat([.. parts.Select(part => part[i])]))];
    }
}
