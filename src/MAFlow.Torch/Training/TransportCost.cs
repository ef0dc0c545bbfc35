using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>T E ∫₀ᵀ |∇φ|² dt over samples of a flow, an upper bound of W₂² between the standard normal and what becomes of it.</summary>
internal static class TransportCost
{
    private const long Samples = 2048;
    private const ulong Stream = 0x7061746873UL;

    /// <summary>The mean over samples, the same ones for a seed: processes that train together need not ask each other.</summary>
    /// <param name="subject">What was trained.</param>
    /// <param name="rows">Whose contexts are taken, where there are contexts.</param>
    /// <param name="depth">Depth of the solve.</param>
    /// <param name="seed">Seed of the samples.</param>
    public static double Of(DensitySubject subject, RowSet rows, int depth, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(seed ^ Stream);
        var context = subject.ContextDimension > 0 ? rows.Spread(Samples).Context : null;
        var flow = subject.Flow(context, depth).ForScoring();
        var (dtype, device) = flow.Placement();
        var latents = StandardNormal.Sample(context?.shape[0] ?? Samples, flow.Dimension, generator, dtype, device);
        return flow.Options.Horizon * flow.KineticEnergy(latents).mean().to(float64).item<double>();
    }
}
