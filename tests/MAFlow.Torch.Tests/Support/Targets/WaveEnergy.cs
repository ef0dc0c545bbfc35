using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A sine-shaped ridge in the plane: E(x) = ½ ((x₁ - sin(πx₀/2)) / w)² + ½ (x₀ / c)².</summary>
/// <remarks>The second term confines x₀; without it, as the target is often written, Z is infinite. ln Z = ln 2πwc.</remarks>
internal sealed class WaveEnergy : Energy
{
    private readonly double _width;
    private readonly double _confinement;

    /// <summary>Creates the energy.</summary>
    /// <param name="width">w, positive.</param>
    /// <param name="confinement">c, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not positive.</exception>
    public WaveEnergy(double width = 0.4, double confinement = 2)
        : base(2, SymmetryGroup.SignFlip(2))
    {
        TensorChecks.RequireAtLeast(width, double.Epsilon);
        TensorChecks.RequireAtLeast(confinement, double.Epsilon);
        (_width, _confinement) = (width, confinement);
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => Math.Log(2 * Math.PI * _width * _confinement);

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var (along, across) = (x.select(1, 0), x.select(1, 1));
        var distance = across.sub(along.Mul(Math.PI / 2).sin()).Div(_width);
        return distance.Square().Add(along.Div(_confinement).Square()).Mul(0.5).MoveToOuterDisposeScope();
    }
}
