using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>Standard deviation of each feature, of which a few values that are far from all others do not take possession.</summary>
/// <remarks>A value more than ten times as far from the median as all but one in 200 counts as if it were just that far. Where there is
/// none, this is the standard deviation to the last bit; so it is for features that have one value nearly always.</remarks>
internal static class TypicalDeviation
{
    private const int RowsPerFarOne = 200;
    private const double Reach = 10;

    /// <param name="data">The table [rows, N], float64.</param>
    /// <param name="sorted">A sample of its rows, each feature in ascending order.</param>
    public static Tensor Of(Tensor data, Tensor sorted)
    {
        using var scope = NewDisposeScope();
        var rows = sorted.shape[0];
        var far = rows / RowsPerFarOne;
        var median = sorted[rows / 2];
        var spread = sorted[rows - 1 - far].sub(median).maximum(median.sub(sorted[far])).Mul(Reach);
        var reach = spread.MaskedFill(spread.Eq(0), double.PositiveInfinity);
        var typical = data.minimum(median.Add(reach)).maximum(median.sub(reach));
        return typical.sub(typical.mean([0L])).Square().mean([0L]).sqrt().MoveToOuterDisposeScope();
    }
}
