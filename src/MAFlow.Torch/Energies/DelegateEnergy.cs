using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>An energy given by any differentiable function of a tensor.</summary>
/// <remarks>Every result is checked: one finite number per row, and connected to its argument where a gradient is needed.</remarks>
public sealed class DelegateEnergy : Energy
{
    private readonly Func<Tensor, Tensor> function;
    private readonly SymmetryGroup? symmetry;

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

        (this.function, this.symmetry, ExactLogPartition) = (function, symmetry, exactLogPartition);
    }

    /// <inheritdoc/>
    public override double? ExactLogPartition { get; }

    /// <inheritdoc/>
    public override SymmetryGroup Symmetry => symmetry ?? base.Symmetry;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The function returned another shape, NaN, or a tensor without gradient.</exception>
    public override Tensor Value(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var value = function(x) ?? throw new InvalidOperationException($"Expected energies of shape [{x.shape[0]}], got null.");
        if (value.dim() != 1 || value.shape[0] != x.shape[0])
        {
            throw new InvalidOperationException($"Expected energies of shape [{x.shape[0]}], one per row, got {TensorChecks.Format(value.shape)}; sum over the coordinates with sum([1L]).");
        }

        if (is_grad_enabled() && x.requires_grad && !value.requires_grad)
        {
            throw new InvalidOperationException("Expected energies that can be differentiated, got a tensor without gradient; use torch operations only, without detach, item or data.");
        }

        // Infinite points are the caller's divergence, not the function's.
        if (value.isnan().any().item<bool>() && x.isfinite().all().item<bool>())
        {
            throw new InvalidOperationException("Expected energies without NaN, got NaN at a finite point; keep logarithms and roots inside their domain.");
        }

        return value.MoveToOuterDisposeScope();
    }
}
