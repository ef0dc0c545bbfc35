using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>A Markov transition on latent codes that leaves π_β(z) ∝ N(z) w(z)^β invariant, w = e^{-E} / p: the flow at β = 0, the target at β = 1.</summary>
/// <remarks>Both families are exact for a perfect flow at any step size: they move along the Gaussian, and only ln w decides about acceptance.</remarks>
public abstract class LatentTransition
{
    private protected LatentTransition()
    {
    }

    /// <summary>Step size before it is adapted.</summary>
    internal abstract double FirstStep { get; }

    /// <summary>Largest step size that means anything.</summary>
    internal abstract double LargestStep { get; }

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
        Math.Clamp(step * Math.Exp(rate * (acceptance - TargetAcceptance)), 1e-6, LargestStep);
}
