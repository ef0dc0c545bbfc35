using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>The score ∇ ln p(x) of decoded points, in the closed form of hidden space where there is one, else by autograd through the
/// solve backwards.</summary>
/// <param name="flow">The flow.</param>
/// <param name="seed">Seed of what is random, the same for all solves.</param>
/// <param name="recordsPath">Whether points and log-densities are to be differentiable, where a closed form allows it.</param>
internal sealed class FlowScore(MongeAmpereFlow flow, ulong seed, bool recordsPath = false)
{
    private bool RecordsPath { get; } = recordsPath && flow.Potential.RecordsPath(flow.Options.Integrator);

    /// <summary>Points, log-densities and scores of latent codes.</summary>
    /// <param name="z">Latent codes, shape [B, N], in the flow's type.</param>
    public ScoredState Of(Tensor z)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var solver = FlowSolver.For(flow, generator, recordsPath: RecordsPath);
        using (set_grad_enabled(RecordsPath && is_grad_enabled()))
        {
            var latent = z.detach();
            if (solver.WalkWithScore(solver.Start(latent, StandardNormal.LogProb(latent)), latent.neg(), flow.Grid()) is { } end)
            {
                return ThroughBijection(end.State, end.Score).MoveToOuterDisposeScope();
            }
        }

        return ByAutograd(z).MoveToOuterDisposeScope();
    }

    /// <summary>The score after the bijection: ∇ₓ[ln p(y(x)) + ln|det ∂y/∂x|].</summary>
    private ScoredState ThroughBijection(PathState end, Tensor score)
    {
        if (flow.Bijection is not { } bijection)
        {
            return new(end.X, end.LogProb, score);
        }

        var (x, change) = bijection.Inverse(end.X).Like(end.X);
        var logProb = end.LogProb.sub(change);
        using var _ = GradientMode.Recording();
        var point = x.detach().clone().requires_grad_();
        var (y, logDeterminant) = bijection.Forward(point);
        var value = y.mul(score.to(y.dtype, y.device)).sum().Add(logDeterminant.sum());
        return new(x, logProb, autograd.grad([value], [point])[0].detach());
    }

    private ScoredState ByAutograd(Tensor z)
    {
        using var random = new Generator(seed);
        FlowSolution end;
        using (no_grad())
        {
            end = FlowSolver.For(flow, random).Decode(z);
        }

        using var _ = GradientMode.Recording();
        using var again = new Generator(seed);
        var point = end.Points.detach().clone().requires_grad_();
        var score = autograd.grad([FlowSolver.For(flow, again).Encode(point).LogProb.sum()], [point])[0].detach();
        return new(end.Points, end.LogProb, score);
    }
}
