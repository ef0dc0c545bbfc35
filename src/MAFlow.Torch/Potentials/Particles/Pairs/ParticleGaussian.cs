using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>The exact transport by ½ [θ₀ Σ |r_i - r̄|² + θ₁ n |r̄|²] / τ: displacements from the centre of mass are stretched by e^{θ₀t/τ},
/// the centre by e^{θ₁t/τ}.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="stretch">θ, shape [2].</param>
/// <param name="duration">τ.</param>
internal sealed class ParticleGaussian(ParticleShape shape, Tensor stretch, double duration)
{
    private double Free => (double)shape.Coordinates * (shape.Particles - 1);

    /// <summary>φ, shape [B].</summary>
    public Tensor Value(Tensor x)
    {
        var (centred, centre) = Parts(x);
        return Energy(centred, centre).Mul(0.5 / duration);
    }

    /// <summary>∇φ [B, nD] and ∇²φ [B].</summary>
    public PotentialDerivatives Derivatives(Tensor x) =>
        (Scaled(x, stretch.Div(duration)), Trace().Div(duration).expand(x.shape[0]).clone());

    /// <summary>Points and integrals at the end of a piece.</summary>
    public PathState Transport(PathState start, TimeGrid piece, bool withKineticEnergy)
    {
        var share = (piece.End - piece.Start) / duration;
        var x = Scaled(start.X, stretch.Mul(share).exp());
        Tensor? kinetic = null;
        if (withKineticEnergy)
        {
            // ∫ |θx/τ|² dt, since |x|² changes at 2θ/τ times itself.
            var ((before, beforeCentre), (after, afterCentre)) = (Parts(start.X), Parts(x));
            kinetic = Energy(after, afterCentre).sub(Energy(before, beforeCentre)).Mul(0.5 / duration);
        }

        return start.After(x, Trace().Mul(share), kinetic, piece);
    }

    /// <summary>∇ ln p at the end, from that at the start.</summary>
    public Tensor Score(Tensor score, TimeGrid piece) => Scaled(score, stretch.Mul((piece.Start - piece.End) / duration).exp());

    private Tensor Trace() => stretch[0].Mul(Free).Add(stretch[1].Mul(shape.Coordinates));

    /// <summary>θ₀ Σ |r_i - r̄|² + θ₁ n |r̄|², shape [B].</summary>
    private Tensor Energy(Tensor centred, Tensor centre) => centred.Square().sum([1L, 2L]).mul(stretch[0])
        .Add(centre.Square().sum([1L, 2L]).mul(stretch[1]), alpha: shape.Particles);

    private Tensor Scaled(Tensor x, Tensor factors)
    {
        var (centred, centre) = Parts(x);
        return centred.mul(factors[0]).Add(centre.mul(factors[1])).reshape(x.shape);
    }

    /// <summary>r_i - r̄, shape [B, n, D], and r̄, shape [B, 1, D].</summary>
    private (Tensor Centred, Tensor Centre) Parts(Tensor x)
    {
        var particles = x.reshape(-1, shape.Particles, shape.Coordinates);
        var centre = particles.mean([1L], keepdim: true);
        return (particles.sub(centre), centre);
    }
}
