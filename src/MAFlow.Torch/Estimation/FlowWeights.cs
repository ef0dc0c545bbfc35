using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>ln w = -E(x) - ln p(x) of a flow's samples as numbers.</summary>
internal static class FlowWeights
{
    /// <summary>ln w of each row.</summary>
    /// <param name="energy">Target.</param>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="logProb">ln p(x) of the flow, shape [B].</param>
    /// <exception cref="InvalidOperationException">One is not a finite number.</exception>
    public static double[] Of(Energy energy, Tensor x, Tensor logProb)
    {
        using var scope = NewDisposeScope();
        return Numbers(RequireFinite(energy.Value(x).to(logProb.device).Add(logProb).neg()));
    }

    /// <summary>A tensor's entries in float64.</summary>
    public static double[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.to(float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>Requires finite log-weights: others come from a flow that leaves the range of its numbers.</summary>
    /// <exception cref="InvalidOperationException">One is not a finite number.</exception>
    public static Tensor RequireFinite(Tensor logWeights)
    {
        using var scope = NewDisposeScope();
        return logWeights.isfinite().all().item<bool>()
            ? logWeights
            : throw new InvalidOperationException(
                "Expected finite log-weights of the flow's samples, got NaN or infinity; " +
                "raise the depth, or use a flow whose training did not diverge.");
    }
}
