using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>An energy given by any differentiable function of a tensor.</summary>
/// <remarks>Every result is checked: one finite number per row, and connected to its argument where a gradient is needed.</remarks>
public sealed class DelegateEnergy : Energy
{
    private readonly Func<Tensor, Tensor> _function;
    private readonly SymmetryGroup? _symmetry;

    /// <summary>Creates the energy.</summary>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <param name="function">E: points [B, N] to [B], made of torch operations.</param>
    /// <param name="exactLogPartition">ln Z where it is known.</param>
    /// <param name="symmetry">Transformations that leave the energy unchanged.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    public DelegateEnergy(long dimension, Func<Tensor, Tensor> function, double? exactLogPartition = null, SymmetryGroup? symmetry = null)
        : base(dimension)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (symmetry is not null && symmetry.Dimension != dimension)
        {
            throw new ArgumentException($"Expected a group acting on {dimension} coordinates, got one acting on {symmetry.Dimension}.", nameof(symmetry));
        }

        (_function, _symmetry, ExactLogPartition) = (function, symmetry, exactLogPartition);
    }

    /// <inheritdoc/>
    public override double? ExactLogPartition { get; }

    /// <inheritdoc/>
    public override SymmetryGroup Symmetry => _symmetry ?? base.Symmetry;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The function returned another shape, NaN, or a tensor without gradient.</exception>
    public override Tensor Value(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        return EnergyChecks.RequireEnergies(_function(x), x).MoveToOuterDisposeScope();
    }
}
