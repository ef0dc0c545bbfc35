using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Concentric rings in the plane: E(x) = -ln Σₖ exp[-(|x| - R_k)² / 2w²], and Z = Σₖ Z_k with each ring's own Z.</summary>
internal sealed class ConcentricRingsEnergy : Energy
{
    private readonly double[] _radii;
    private readonly double _variance;

    /// <summary>Creates the energy.</summary>
    /// <param name="radii">R, at least one, each positive.</param>
    /// <param name="variance">w², positive.</param>
    /// <exception cref="ArgumentException">There is no radius.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is not positive.</exception>
    public ConcentricRingsEnergy(IReadOnlyList<double> radii, double variance = 0.02)
        : base(2, SymmetryGroup.SignFlip(2).And(SymmetryGroup.Permutations(2)))
    {
        ArgumentNullException.ThrowIfNull(radii);
        if (radii.Count == 0)
        {
            throw new ArgumentException("Expected at least one radius, got none.", nameof(radii));
        }

        foreach (var radius in radii)
        {
            TensorChecks.RequireAtLeast(radius, double.Epsilon, nameof(radii));
        }

        TensorChecks.RequireAtLeast(variance, double.Epsilon);
        (_radii, _variance) = ([.. radii], variance);
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => Math.Log(_radii.Sum(radius => RingEnergy.Partition(radius, _variance)));

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        // The floor keeps the gradient at the centre finite.
        var distance = x.Square().sum([1L]).Add(1e-30).sqrt().unsqueeze(1).sub(tensor(_radii, dtype: x.dtype, device: x.device));
        return distance.Square().Mul(-0.5 / _variance).logsumexp(1).neg().MoveToOuterDisposeScope();
    }
}
