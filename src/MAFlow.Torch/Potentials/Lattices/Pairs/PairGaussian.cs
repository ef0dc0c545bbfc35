using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The exact transport by a quadratic potential ½ Σ θ_k |x̂_k|² / τ: waves are stretched by e^{θt/τ}.</summary>
/// <param name="shape">Sizes.</param>
/// <param name="rates">θ, shape [N, 1].</param>
/// <param name="piece">The stretch of time.</param>
/// <param name="duration">τ.</param>
internal sealed class PairGaussian(PairShape shape, Tensor rates, TimeGrid piece, double duration)
{
    private readonly double _share = (piece.End - piece.Start) / duration;

    /// <summary>Points and integrals at the end.</summary>
    public PathState Transport(PathState start, bool withKineticEnergy)
    {
        var before = shape.ToColumns(start.X);
        var after = before.mul(rates.Mul(_share).exp());
        var laplacian = rates.sum().Mul(_share * shape.Components);
        // ∫ |θx̂/τ|² dt, since |x̂|² changes at 2θ/τ times itself.
        var kinetic = withKineticEnergy
            ? shape.PerRow(after.Square().sub(before.Square()).mul(rates).sum([0L])).Mul(0.5 / duration)
            : null;
        return start.After(shape.ToPoints(after), laplacian, kinetic, piece);
    }

    /// <summary>∇ ln p at the end, from that at the start.</summary>
    public Tensor Score(Tensor score) => shape.ToPoints(shape.ToColumns(score).mul(rates.Mul(-_share).exp()));
}
