using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>A target density p(x) = e^{-E(x)} / Z, given by its energy.</summary>
/// <remarks>The sign is fixed here: energies are low where the density is high. Zhang, E, Wang (2018), section 4.2.</remarks>
public abstract class Energy : IDisposable
{
    /// <summary>Creates an energy on R^N.</summary>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected Energy(long dimension)
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        Dimension = dimension;
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>ln Z = ln ∫ e^{-E(x)} dx where it is known exactly, null otherwise.</summary>
    public virtual double? ExactLogPartition => null;

    /// <summary>Transformations g with E(gx) = E(x); the trivial group where none is known.</summary>
    public virtual SymmetryGroup Symmetry => new(Dimension);

    /// <summary>E(x) of each row, differentiable.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public abstract Tensor Value(Tensor x);

    /// <summary>∇E(x) of each row; the force is its negative.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <returns>Shape [B, N], detached.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="InvalidOperationException">The energy returned another shape, NaN, or a tensor without gradient.</exception>
    public Tensor Gradient(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        using var _ = enable_grad();
        var point = x.detach().requires_grad_();
        var value = EnergyChecks.RequireEnergies(Value(point), point);
        return autograd.grad([value.sum()], [point])[0].detach().MoveToOuterDisposeScope();
    }

    /// <summary>Releases what the energy holds; most hold nothing.</summary>
    public virtual void Dispose()
    {
    }
}
