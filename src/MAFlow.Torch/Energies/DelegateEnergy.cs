using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>An energy given by any differentiable function of a tensor.</summary>
/// <remarks>Every result is checked: one finite number per row, and connected to its argument where a gradient is needed.</remarks>
public sealed class DelegateEnergy : Energy
{
    private readonly Func<Tensor, Tensor> _function;
    private readonly double? _exactLogPartition;

    /// <summary>Creates the energy.</summary>
    /// <param name="dimension">Number of coordinates N.</param>
    /// <param name="function">E: points [B, N] to [B], made of torch operations.</param>
    /// <param name="exactLogPartition">ln Z in nats where it is known.</param>
    /// <param name="symmetry">Transformations that leave the energy unchanged.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    public DelegateEnergy(long dimension, Func<Tensor, Tensor> function, double? exactLogPartition = null, SymmetryGroup? symmetry = null)
        : base(dimension, symmetry)
    {
        ArgumentNullException.ThrowIfNull(function);
        (_function, _exactLogPartition) = (function, exactLogPartition);
    }

    /// <inheritdoc/>
    protected internal override double? KnownLogPartition() => _exactLogPartition;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The function returned another shape, NaN, or a tensor without gradient.</exception>
    protected internal override Tensor Evaluate(Tensor x)
    {
        using var scope = NewDisposeScope();
        return EnergyChecks.RequireEnergies(_function(x), x).MoveToOuterDisposeScope();
    }
}
