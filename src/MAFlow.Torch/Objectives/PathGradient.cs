using static TorchSharp.torch;

namespace MAFlow.Torch.Objectives;

/// <summary>E[a ∇ₓ(ln p(x) + βE(x))·∂x/∂θ] over samples x = x_θ(z), with a factor a for each of them.</summary>
/// <remarks>It vanishes sample by sample where the flow is the target. a = 1 makes it the gradient of F, a = p*/p that of the divergence
/// KL(p* | p) from the target p*. Vaitl, Nicoli, Nakajima, Kessel (2022).</remarks>
internal static class PathGradient
{
    /// <summary>A loss with that gradient, and ln p + βE of each sample.</summary>
    /// <param name="batch">Latent codes.</param>
    /// <param name="energy">E.</param>
    /// <param name="factors">From ln p* - ln p of the samples, up to a constant, shape [B], to a; null for 1.</param>
    public static ObjectiveValue Of(ObjectiveBatch batch, Energy energy, Func<Tensor, Tensor>? factors = null)
    {
        var scored = batch.Flow.DecodeWithScore(batch.Points, batch.Seed, recordsPath: !batch.NeedsKineticEnergy);
        var end = scored.X.requires_grad ? new FlowState(scored.X, scored.LogProb) : batch.Decoded;
        var x = end.X.detach().requires_grad_();
        var energies = energy.Value(x).Mul(batch.InverseTemperature);
        var direction = autograd.grad([energies.sum()], [x])[0].Add(scored.Score).detach();
        var values = end.LogProb.Add(energies);
        if (factors is not null)
        {
            direction = direction.mul(factors(values.detach().neg()).to(direction.dtype).unsqueeze(1));
        }

        // ln p takes part with weight zero, so that the reverse pass of a solve gets a gradient for each of its results.
        var loss = end.X.mul(direction).sum().Add(end.LogProb.sum(), alpha: 0).Div(x.shape[0]);
        return (loss, values);
    }
}
