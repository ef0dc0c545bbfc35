using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>What is linear in time between knots, by operations that autograd differentiates.</summary>
internal static class LinearInTime
{
    /// <summary>The value at a place among the knots; before the first knot and after the last it is that of the knot.</summary>
    /// <param name="knots">Values at the knots, shape [knots, ..]; a single knot makes them constant.</param>
    /// <param name="place">How many stretches behind the first knot.</param>
    public static Tensor At(Tensor knots, double place)
    {
        var knot = (long)Math.Clamp(Math.Floor(place), 0, Math.Max(0, knots.shape[0] - 2));
        var share = Math.Clamp(place - knot, 0, 1);
        return knots.shape[0] == 1 || share == 0 ? knots[knot]
            : share == 1 ? knots[knot + 1]
            : knots[knot].Mul(1 - share).Add(knots[knot + 1], alpha: share);
    }
}
