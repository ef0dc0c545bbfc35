using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Preconditioned Crank-Nicolson: z' = √(1 - s²) z + s ξ with ξ ~ N(0, 1), accepted with probability min(1, (w' / w)^β). Needs no gradient.</summary>
/// <remarks>Cotter, Roberts, Stuart, White, "MCMC methods for functions" (2013).</remarks>
public sealed class CrankNicolsonTransition : LatentTransition
{
    /// <summary>s before it is adapted to an acceptance of about 30%.</summary>
    /// <value>Positive, up to 1; default 0.5.</value>
    public double InitialStep { get; init; } = 0.5;

    internal override double FirstStep
    {
        get
        {
            TensorChecks.RequireOption(InitialStep, 1e-6, 1);
            return InitialStep;
        }
    }

    internal override double LargestStep => 1;

    internal override double TargetAcceptance => 0.3;

    internal override bool NeedsGradient => false;

    internal override Tensor Move(LatentTarget target, LatentPoints current, double beta, double step, Generator generator)
    {
        using Scalar keep = Math.Sqrt(1 - (step * step)).ToScalar(), renew = step.ToScalar();
        var proposal = target.See(current.Z.mul(keep).Add(target.Draw(current.Z.shape[0], generator).mul(renew)), withGradient: false);
        return current.TakeWhere(proposal, proposal.LogWeight.sub(current.LogWeight).Mul(beta), generator);
    }
}
