using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A ring in the plane: E(x) = (|x| - R)² / 2w².</summary>
/// <remarks>Z = 2π [w² e^{-R²/2w²} + R w √(π/2) (1 + erf(R / w√2))].</remarks>
internal sealed class RingEnergy : Energy
{
    private readonly double _radius;
    private readonly double _variance;

    /// <summary>Creates the energy.</summary>
    /// <param name="radius">R, positive.</param>
    /// <param name="variance">w², positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not positive.</exception>
    public RingEnergy(double radius = 2, double variance = 0.16)
        : base(2, SymmetryGroup.SignFlip(2).And(SymmetryGroup.Permutations(2)))
    {
        TensorChecks.RequireAtLeast(radius, double.Epsilon);
        TensorChecks.RequireAtLeast(variance, double.Epsilon);
        (_radius, _variance) = (radius, variance);
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => Math.Log(Partition(_radius, _variance));

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        // The floor keeps the gradient at the centre finite.
        return x.Square().sum([1L]).Add(1e-30).sqrt().Sub(_radius).Square().Mul(0.5 / _variance).MoveToOuterDisposeScope();
    }

    /// <summary>Z of one ring.</summary>
    internal static double Partition(double radius, double variance)
    {
        using var scope = NewDisposeScope();
        var error = special.erf(tensor(radius / Math.Sqrt(2 * variance), dtype: float64)).item<double>();
        return 2 * Math.PI * ((variance * Math.Exp(-radius * radius / (2 * variance))) + (radius * Math.Sqrt(variance * Math.PI / 2) * (1 + error)));
    }
}
