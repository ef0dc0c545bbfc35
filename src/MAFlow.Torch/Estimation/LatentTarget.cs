using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// The target seen from the latent space of a flow: p(z) ∝ N(z) w(z) with ln w = -E(x(z)) - ln p(x(z)), which is flat for a perfect flow.
/// </summary>
internal sealed class LatentTarget(MongeAmpereFlow flow, Energy energy)
{
    /// <summary>Fresh codes z ~ N(0, 1).</summary>
    public Tensor SampleCodes(long count, Generator generator)
    {
        var (dtype, device) = flow.Placement();
        return StandardNormal.Sample(count, flow.Dimension, generator, dtype, device);
    }

    /// <summary>Fresh points to start from, whose weights must be finite.</summary>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions.</exception>
    public LatentPoints InitialPoints(long count, Generator generator)
    {
        TargetChecks.RequireOneSpace(flow, energy);
        using var scope = NewDisposeScope();
        var points = Decode(SampleCodes(count, generator), withGradient: false);
        FlowWeights.RequireFinite(points.LogWeight);
        return points.MoveToOuterDisposeScope();
    }

    /// <summary>What a flow and its target say about points x, shape [B, N]: they are encoded first.</summary>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions.</exception>
    public LatentPoints Encode(Tensor x, bool withGradient)
    {
        TargetChecks.RequireOneSpace(flow, energy);
        using var scope = NewDisposeScope();
        return Decode(flow.Encode(x).Z, withGradient).MoveToOuterDisposeScope();
    }

    /// <summary>ln w of points x whose energies are known, shape [B], float64.</summary>
    public Tensor LogWeight(Tensor x, Tensor energies)
    {
        using var scope = NewDisposeScope();
        return energies.Add(flow.LogProb(x)).neg().MoveToOuterDisposeScope();
    }

    /// <summary>What a flow and its target say about latent codes.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="withGradient">Whether ∂ ln w / ∂z is wanted.</param>
    public LatentPoints Decode(Tensor z, bool withGradient)
    {
        using var scope = NewDisposeScope();
        using var _ = withGradient ? GradientMode.Recording() : no_grad();
        var latent = withGradient ? z.detach().clone().requires_grad_() : z.detach().alias();
        var state = flow.Decode(latent);
        var value = energy.Value(state.X);
        var logWeight = value.Add(state.LogProb).neg();
        var gradient = withGradient ? autograd.grad([logWeight.sum()], [latent])[0].detach() : null;
        return new LatentPoints(latent.detach(), state.X.detach(), value.detach().to(float64), logWeight.detach().to(float64), gradient)
            .MoveToOuterDisposeScope();
    }
}
