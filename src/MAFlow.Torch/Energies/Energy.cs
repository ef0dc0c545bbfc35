using static TorchSharp.torch;

namespace MAFlow.Torch.Energies;

/// <summary>A target density p(x) = e^{-E(x)} / Z, given by its energy.</summary>
/// <remarks>The sign is fixed here: energies are low where the density is high. Zhang, E, Wang (2018), section 4.2.</remarks>
public abstract class Energy : IDisposable
{
    private readonly Lazy<SymmetryGroup> _symmetry;
    private readonly List<IDisposable> _owned = [];

    /// <summary>Creates an energy on R^N.</summary>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <param name="symmetry">Transformations g with E(gx) = E(x); null where none is known.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected Energy(long dimension, SymmetryGroup? symmetry = null)
        : this(dimension, () => symmetry ?? new(dimension))
    {
        if (symmetry is not null && symmetry.Dimension != dimension)
        {
            throw new ArgumentException(
                $"Expected a group acting on {dimension} coordinates, got one acting on {symmetry.Dimension}.", nameof(symmetry));
        }
    }

    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <param name="symmetry">Called once, when the group is first asked for.</param>
    private protected Energy(long dimension, Func<SymmetryGroup> symmetry)
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        TorchRuntime.EnsureLoaded();
        (Dimension, _symmetry) = (dimension, new(symmetry));
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Transformations g with E(gx) = E(x); the trivial group where none is known.</summary>
    internal SymmetryGroup Symmetry => _symmetry.Value;

    /// <summary>Variance at each wave vector of a Gaussian field on the same torus that is a good start, in the order of the sites; null
    /// where none is known.</summary>
    internal virtual IReadOnlyList<double>? Variances => null;

    /// <summary>ln Z = ln ∫ e^{-E(x)} dx in nats where it is known exactly, null otherwise.</summary>
    /// <remarks>It may be computed anew by each call, and take seconds.</remarks>
    public double? ExactLogPartition() => KnownLogPartition();

    /// <summary>E(x) of each row, differentiable.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <returns>Shape [B].</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor Value(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        return Evaluate(x);
    }

    /// <summary>∇E(x) of each row; the force is its negative.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <returns>Shape [B, N], detached.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="InvalidOperationException">The energy returned another shape, NaN, or a tensor without gradient.</exception>
    public Tensor Gradient(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        using var _ = GradientMode.Recording();
        var point = x.detach().clone().requires_grad_();
        var value = EnergyChecks.RequireEnergies(Evaluate(point), point);
        return autograd.grad([value.sum()], [point])[0].detach().MoveToOuterDisposeScope();
    }

    /// <summary>ln Z in nats; null, the default, where it is not known.</summary>
    protected internal virtual double? KnownLogPartition() => null;

    /// <summary>E(x) of each row, differentiable by x.</summary>
    /// <param name="x">Points, shape [B, N], checked.</param>
    /// <returns>Shape [B].</returns>
    protected internal abstract Tensor Evaluate(Tensor x);

    /// <summary>Releases what the energy holds; most hold nothing.</summary>
    public virtual void Dispose() => _owned.ForEach(resource => resource.Dispose());

    /// <summary>Keeps a tensor out of every scope until the energy is disposed.</summary>
    private protected Tensor Own(Tensor tensor) => Own<Tensor>(GradientMode.Trainable(tensor).DetachFromDisposeScope());

    /// <summary>Disposes something together with the energy.</summary>
    private protected T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }
}
