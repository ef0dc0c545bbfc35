using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// The Brenier map of a translation-invariant quadratic potential on a torus: towards the data each wave vector k is stretched by e^{θ(k)}.
/// </summary>
/// <remarks>
/// ln |det ∂x/∂y| = Σₖ θ(k). θ is trainable. It is shared by the wave vectors that reflections and exchanges of axes map to each other, so
/// the
/// whole space group is a symmetry.
/// </remarks>
public sealed class CirculantGaussianMap : Bijection
{
    internal const string KindName = "circulant-gaussian";
    private const string ParameterName = "logarithms";

    private readonly Lattice _lattice;
    private readonly FixedNumbers _orbit;
    private readonly TorusFourier _fourier;

    /// <summary>Creates a map.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="eigenvalues">
    /// Initial stretch of each wave vector, in the order of the sites, positive; averaged over symmetric wave vectors.
    /// </param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">The lattice is open, or there is not one positive eigenvalue per site.</exception>
    internal CirculantGaussianMap(Lattice lattice, IReadOnlyList<double> eigenvalues, ScalarType dtype = ScalarType.Float32)
        : this(lattice, dtype, Starts(lattice, eigenvalues))
    {
    }

    /// <param name="lattice">A torus.</param>
    /// <param name="dtype">Of the parameters.</param>
    /// <param name="logarithms">θ of each orbit of wave vectors.</param>
    private CirculantGaussianMap(Lattice lattice, ScalarType dtype, double[] logarithms)
        : base(KindName, lattice.Sites)
    {
        _lattice = lattice;
        _fourier = new TorusFourier(lattice.Extents);
        var orbits = LatticeOrbits.OfWaves(lattice);
        if (logarithms.Length != orbits.Max() + 1)
        {
            throw new ArgumentException(
                $"Expected {orbits.Max() + 1} logarithms, one per orbit of wave vectors, got {logarithms.Length}.", nameof(logarithms));
        }

        using var numbers = tensor(orbits, dtype: int64);
        _orbit = Hold(numbers);
        register_parameter(ParameterName, new Parameter(GradientMode.Trainable(tensor(logarithms, dtype: dtype)).DetachFromDisposeScope()));
    }

    /// <summary>
    /// The map that turns white noise into the Gaussian part of an Ising energy: half the logarithm of the spectrum of K + αI.
    /// </summary>
    /// <param name="energy">Spins on a torus.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">The spins do not lie on a torus.</exception>
    public static CirculantGaussianMap For(IsingEnergy energy, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(energy);
        return energy.Lattice is { } lattice
            ? new(lattice, [.. energy.Spectrum.Select(Math.Sqrt)], dtype)
            : throw new ArgumentException("Expected spins on a periodic lattice, got a coupling matrix.", nameof(energy));
    }

    /// <summary>θ. A field would go stale when the module moves to another type or device.</summary>
    private Parameter Logarithms => get_parameter(ParameterName)!;

    /// <inheritdoc/>
    protected internal override Mapped MapForward(Tensor x, Generator? generator) => Stretch(x, -1);

    /// <inheritdoc/>
    protected internal override Mapped MapInverse(Tensor y) => Stretch(y, 1);

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("extents", _lattice.Extents).WithTensor(ParameterName, Logarithms);

    internal static CirculantGaussianMap Restore(StoredComponent stored)
    {
        var (lattice, logarithms) = (new Lattice(Boundary.Periodic, stored.Option<int[]>("extents")), stored.Tensor(ParameterName));
        // Before anything is allocated for the sites.
        if (stored.Dimension is { } dimension && lattice.Sites != dimension)
        {
            throw new FormatException(
                $"Expected a map on {dimension} coordinates, as the potential has, got one on {lattice.Sites}; the file is damaged.");
        }

        using var scope = NewDisposeScope();
        return logarithms.is_floating_point() && logarithms.dim() == 1 && logarithms.isfinite().all().item<bool>()
            ? new(lattice, logarithms.dtype, logarithms.to(float64).data<double>().ToArray())
            : throw new FormatException(
                $"Expected finite floating-point logarithms in the stored {stored.Kind}, got others; the file is damaged.");
    }

    private Mapped Stretch(Tensor points, double direction)
    {
        using var scope = NewDisposeScope();
        var spread = Logarithms.index_select(0, _orbit.At(Logarithms)).Mul(direction);
        return new Mapped(_fourier.Filter(points, spread.exp()), PerRow(spread.sum(), points)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean logarithm of each orbit of wave vectors.</summary>
    private static double[] Starts(Lattice lattice, IReadOnlyList<double> eigenvalues)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        ArgumentNullException.ThrowIfNull(eigenvalues);
        if (lattice.Boundary != Boundary.Periodic)
        {
            throw new ArgumentException(
                "Expected a periodic lattice, whose translations make the map circulant, got an open one.", nameof(lattice));
        }

        if (eigenvalues.Count != lattice.Sites || !eigenvalues.All(value => value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentException(
                $"Expected {lattice.Sites} positive eigenvalues, "
                + $"one per wave vector, got {eigenvalues.Count} of which not all are positive and finite.",
                nameof(eigenvalues));
        }

        var orbits = LatticeOrbits.OfWaves(lattice);
        var (start, members) = (new double[orbits.Max() + 1], new int[orbits.Max() + 1]);
        for (var site = 0; site < lattice.Sites; site++)
        {
            start[orbits[site]] += Math.Log(eigenvalues[site]);
            members[orbits[site]]++;
        }

        return [.. start.Zip(members, (sum, count) => sum / count)];
    }
}
