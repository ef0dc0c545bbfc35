using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>What one batch of latent codes contributes to a variational training: the free energies of its samples, and something whose derivative training follows.</summary>
/// <remarks>
/// F = E[ln p_θ(x) + βE(x)] with x = x_θ(z). Its derivative by θ has a pathwise part, through x, and a part through θ in ln p_θ whose mean E[∂ ln p_θ/∂θ] is zero but whose
/// spread is not. The path gradient leaves the latter out, so its spread vanishes where the flow is the target. Roeder, Wu, Duvenaud (2017); Vaitl, Nicoli, Nakajima, Kessel (2022).
/// </remarks>
internal sealed class VariationalLoss(MongeAmpereFlow flow, Energy energy, VariationalTrainerOptions options)
{
    /// <summary>Free energies of the samples of some latent codes.</summary>
    /// <param name="latents">z, shape [B, N].</param>
    /// <param name="depth">d.</param>
    /// <param name="beta">Factor β on the energy.</param>
    /// <param name="seed">Seed of what is random in a solve; all solves of the batch see the same.</param>
    /// <returns>Loss: what is differentiated. Values: ln p + βE of each sample, shape [B].</returns>
    public (Tensor Loss, Tensor Values) Of(Tensor latents, int depth, double beta, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(seed);
        var end = flow.Decode(latents, depth, generator: random);
        var (loss, values) = options.PathGradient ? Path(end, depth, beta, seed) : Reparameterized(end, beta);
        if (options.ForceMatchingWeight > 0)
        {
            loss = loss.Add(Forces(end.X, depth, beta, seed), alpha: options.ForceMatchingWeight);
        }

        return (loss.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }

    private (Tensor Loss, Tensor Values) Reparameterized(FlowState end, double beta)
    {
        var values = end.LogProb.Add(energy.Value(end.X), alpha: beta);
        return (values.mean(), values.detach());
    }

    /// <summary>The mean of x_θ(z)·∇ₓ[ln p(x) + βE(x)] with the second factor held fixed, whose derivative by θ is the path gradient.</summary>
    private (Tensor Loss, Tensor Values) Path(FlowState end, int depth, double beta, ulong seed)
    {
        var x = end.X.detach().requires_grad_();
        using var random = new Generator(seed);
        var energies = energy.Value(x).Mul(beta);
        var direction = autograd.grad([flow.LogProb(x, depth, generator: random).Add(energies).sum()], [x])[0].detach();
        // ln p takes part with weight zero, so that the reverse pass of a solve gets a gradient for each of its results.
        var loss = end.X.mul(direction).sum().Add(end.LogProb.sum(), alpha: 0).Div(x.shape[0]);
        return (loss, end.LogProb.Add(energies).detach());
    }

    /// <summary>E|∇ ln p(x) + β∇E(x)|², zero only where the flow is the target.</summary>
    private Tensor Forces(Tensor x, int depth, double beta, ulong seed)
    {
        using var random = new Generator(seed);
        var zero = zeros(x.shape[0], x.dtype, x.device);
        var end = flow.Undo(new(x, zero));
        // ln p is differentiated twice, which the closed reverse pass of a ridge potential is not made for.
        var start = flow.Potential.TransportPlainly(
            end, new TimeGrid(flow.Options.Horizon, 0, depth), flow.Options.Scheme with { Laplacian = LaplacianEstimator.Exact }, random);
        var values = StandardNormal.LogProb(start.X).sub(start.LogProb).Add(energy.Value(x), alpha: beta);
        return autograd.grad([values.sum()], [x], retain_graph: true, create_graph: true)[0].Square().sum([1L]).mean();
    }
}
