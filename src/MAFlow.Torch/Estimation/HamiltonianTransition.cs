using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Hybrid Monte Carlo that rotates (z, v) exactly and kicks v by β ∂ ln w / ∂z: half a kick, a rotation by the step, half a kick.</summary>
/// <remarks>A trajectory takes as many steps as a quarter turn needs, after which z is all new, up to a limit. Shahbaba, Lan, Johnson, Neal, "Split Hamiltonian Monte Carlo" (2014).</remarks>
public sealed class HamiltonianTransition : LatentTransition
{
    private const double QuarterTurn = Math.PI / 2;

    /// <summary>Angle of a step before it is adapted to an acceptance of about 75%.</summary>
    /// <value>Positive, up to π/2; default 0.3.</value>
    public double InitialStep { get; init; } = 0.3;

    /// <summary>Largest number of steps per trajectory; each costs one gradient.</summary>
    /// <value>At least 1; default 5.</value>
    public int LeapfrogSteps { get; init; } = 5;

    internal override double FirstStep
    {
        get
        {
            TensorChecks.RequireOption(InitialStep, 1e-6, QuarterTurn);
            TensorChecks.RequireAtLeast(LeapfrogSteps, 1);
            return InitialStep;
        }
    }

    internal override double LargestStep => QuarterTurn;

    internal override double TargetAcceptance => 0.75;

    internal override bool NeedsGradient => true;

    internal override Tensor Move(LatentTarget target, LatentPoints current, double beta, double step, Generator generator)
    {
        var velocity = target.Draw(current.Z.shape[0], generator);
        var before = Energy(current, velocity, beta);
        var point = current;
        using Scalar kick = (beta * step / 2).ToScalar(), cosine = Math.Cos(step).ToScalar();
        using Scalar sine = Math.Sin(step).ToScalar(), minusSine = (-Math.Sin(step)).ToScalar();
        var steps = (int)Math.Min(LeapfrogSteps, Math.Ceiling(QuarterTurn / step));
        for (var i = 0; i < steps; i++)
        {
            velocity = velocity.Add(point.Gradient!.mul(kick));
            var position = point.Z.mul(cosine).Add(velocity.mul(sine));
            velocity = velocity.mul(cosine).Add(point.Z.mul(minusSine));
            point = target.See(position, withGradient: true);
            velocity = velocity.Add(point.Gradient!.mul(kick));
        }

        return current.TakeWhere(point, before.sub(Energy(point, velocity, beta)), generator);
    }

    private static Tensor Energy(LatentPoints point, Tensor velocity, double beta) =>
        point.Z.to(float64).Square().Add(velocity.to(float64).Square()).sum([1L]).Mul(0.5).sub(point.LogWeight.Mul(beta));
}
