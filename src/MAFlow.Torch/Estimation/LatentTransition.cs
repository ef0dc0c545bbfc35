using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>
/// A Markov transition on latent codes that leaves π_β(z) ∝ N(z) w(z)^β invariant, w = e^{-E} / p: the flow at β = 0, the target at β = 1.
/// </summary>
/// <remarks>
/// Both families are exact for a perfect flow at any step size: they move along the Gaussian, and only ln w decides about acceptance.
/// </remarks>
public abstract class LatentTransition
{
    private protected LatentTransition()
    {
    }

    /// <summary>Hybrid Monte Carlo: (z, v) is rotated exactly, and v kicked by β ∂ ln w / ∂z.</summary>
    /// <param name="initialStep">Angle of a step before it is adapted to an acceptance of about 75%, from 1e-6 to π/2.</param>
    /// <param name="maxLeapfrogSteps">Largest number of steps per trajectory, at least 1; each costs one gradient.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static LatentTransition Hamiltonian(double initialStep = 0.3, int maxLeapfrogSteps = 5) =>
        new HamiltonianMoves(initialStep, maxLeapfrogSteps);

    /// <summary>Preconditioned Crank-Nicolson: z' = √(1 - s²) z + s ξ with ξ ~ N(0, 1). Needs no gradient.</summary>
    /// <param name="initialStep">s before it is adapted to an acceptance of about 30%, from 1e-6 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is out of range.</exception>
    public static LatentTransition CrankNicolson(double initialStep = 0.5) => new CrankNicolsonMoves(initialStep);

    /// <summary>Step size before it is adapted.</summary>
    internal abstract double FirstStep { get; }

    /// <summary>Largest step size that means anything.</summary>
    internal abstract double MaxStep { get; }

    /// <summary>Acceptance that adaptation aims at.</summary>
    internal abstract double TargetAcceptance { get; }

    /// <summary>Whether points carry their gradient.</summary>
    internal abstract bool NeedsGradient { get; }

    /// <summary>Moves the points in place.</summary>
    /// <returns>Which rows accepted their proposal, shape [B].</returns>
    internal abstract Tensor Move(LatentTarget target, LatentPoints current, double beta, double step, Generator generator);

    /// <summary>A step size nearer to the one with the wanted acceptance.</summary>
    /// <param name="step">The step size in use.</param>
    /// <param name="acceptance">Its acceptance, from 0 to 1.</param>
    /// <param name="rate">How far to go, from 0 to 1.</param>
    internal double Adapt(double step, double acceptance, double rate) =>
        Math.Clamp(step * Math.Exp(rate * (acceptance - TargetAcceptance)), 1e-6, MaxStep);
}
