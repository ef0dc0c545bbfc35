using static TorchSharp.torch;

namespace MAFlow.Torch.Lattices;

/// <summary>A cube whose opposite faces are one: every point of space stands for the one inside that is whole sides away.</summary>
/// <remarks>
/// A density on the cube becomes one on all of space when it is multiplied by a wide Gaussian of each coordinate: modulo the cube that
/// Gaussian is uniform, up to 2 e^{-2π² σ²/L²} of it. So flows from a normal density serve a box as well.
/// </remarks>
internal sealed record PeriodicBox
{
    // Wide enough that displacements of the size of a box change the envelope by little, narrow enough for the digits of float32.
    private const double SidesPerSpread = 30;

    /// <param name="side">L.</param>
    /// <param name="range">Distance at which forces between particles end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is shorter than twice the range.</exception>
    public PeriodicBox(double side, double range)
    {
        if (!(side >= 2 * range && double.IsFinite(side)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(side), side, FormattableString.Invariant($"Expected a box of at least twice the range {range} ")
                + FormattableString.Invariant($"of the forces, got {side}; ")
                + "in a smaller one a particle feels two images of another. Enlarge the box, or shorten the range.");
        }

        Side = side;
    }

    /// <summary>L.</summary>
    public double Side { get; }

    /// <summary>Standard deviation σ of the envelope.</summary>
    public double Spread => SidesPerSpread * Side;

    /// <summary>What the envelope adds to ln Z for each coordinate: ln(√(2π) σ/L).</summary>
    public static double LogEnvelope => Math.Log(Math.Sqrt(2 * Math.PI) * SidesPerSpread);

    /// <summary>The difference of two points to the nearest image.</summary>
    public Tensor Nearest(Tensor difference) => difference.sub(difference.Div(Side).round().Mul(Side));
}
