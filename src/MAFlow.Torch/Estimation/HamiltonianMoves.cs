using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// Hybrid Monte Carlo that rotates (z, v) exactly and kicks v by β ∂ ln w / ∂z: half a kick, a rotation by the step, half a kick.
/// </summary>
/// <remarks>
/// A trajectory takes as many steps as a quarter turn needs, after which z is all new, up to a limit.
/// Shahbaba, Lan, Johnson, Neal, "Split Hamiltonian Monte Carlo" (2014).
/// </remarks>
internal sealed class HamiltonianMoves : LatentTransition
{
    private const double QuarterTurn = Math.PI / 2;

    private readonly int _maxSteps;

    public HamiltonianMoves(double initialStep, int maxLeapfrogSteps)
    {
        TensorChecks.RequireOption(initialStep, 1e-6, QuarterTurn);
        TensorChecks.RequireAtLeast(maxLeapfrogSteps, 1);
        (FirstStep, _maxSteps) = (initialStep, maxLeapfrogSteps);
    }

    internal override double FirstStep { get; }

    internal override double MaxStep => QuarterTurn;

    internal override double TargetAcceptance => 0.75;

    internal override bool NeedsGradient => true;

    internal override Tensor Move(LatentTarget target, LatentPoints current, double beta, double step, Generator generator)
    {
        var velocity = target.SampleCodes(current.Z.shape[0], generator);
        var before = Energy(current, velocity, beta);
        var point = current;
        using Scalar kick = (beta * step / 2).ToScalar(), cosine = Math.Cos(step).ToScalar();
        using Scalar sine = Math.Sin(step).ToScalar(), minusSine = (-Math.Sin(step)).ToScalar();
        var steps = (int)Math.Min(_maxSteps, Math.Ceiling(QuarterTurn / step));
        for (var i = 0; i < steps; i++)
        {
            velocity = velocity.Add(point.Gradient!.mul(kick));
            var position = point.Z.mul(cosine).Add(velocity.mul(sine));
            velocity = velocity.mul(cosine).Add(point.Z.mul(minusSine));
            point = target.Decode(position, withGradient: true);
            velocity = velocity.Add(point.Gradient!.mul(kick));
        }

        return current.AcceptOrReject(point, before.sub(Energy(point, velocity, beta)), generator);
    }

    private static Tensor Energy(LatentPoints point, Tensor velocity, double beta) =>
        point.Z.to(float64).Square().Add(velocity.to(float64).Square()).sum([1L]).Mul(0.5).sub(point.LogWeight.Mul(beta));
}
