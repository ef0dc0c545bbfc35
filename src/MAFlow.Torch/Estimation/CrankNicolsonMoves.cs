using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Preconditioned Crank-Nicolson: z' = √(1 - s²) z + s ξ with ξ ~ N(0, 1), accepted with probability min(1, (w' / w)^β).</summary>
/// <remarks>Cotter, Roberts, Stuart, White, "MCMC methods for functions" (2013).</remarks>
internal sealed class CrankNicolsonMoves : LatentTransition
{
    public CrankNicolsonMoves(double initialStep)
    {
        TensorChecks.RequireOption(initialStep, 1e-6, MaxStep);
        FirstStep = initialStep;
    }

    internal override double FirstStep { get; }

    internal override double MaxStep => 1;

    internal override double TargetAcceptance => 0.3;

    internal override bool NeedsGradient => false;

    internal override Tensor Move(LatentTarget target, LatentPoints current, double beta, double step, Generator generator)
    {
        using Scalar keep = Math.Sqrt(1 - (step * step)).ToScalar(), renew = step.ToScalar();
        var noise = target.SampleCodes(current.Z.shape[0], generator);
        var proposal = target.Decode(current.Z.mul(keep).Add(noise.mul(renew)), withGradient: false);
        return current.AcceptOrReject(proposal, proposal.LogWeight.sub(current.LogWeight).Mul(beta), generator);
    }
}
