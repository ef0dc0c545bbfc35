using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The Brenier map of a translation-invariant quadratic potential on a torus: each wave vector k is stretched by e^{θ(k)}.</summary>
/// <remarks>ln|det| = Σₖ θ(k). θ is shared by the wave vectors that reflections and exchanges of axes map to each other, so the whole space group is a symmetry.</remarks>
public sealed class CirculantGaussianMap : FinalMap
{
    /// <summary>Name of this family in flow files.</summary>
    public const string Kind = "circulant-gaussian";

    private readonly Parameter _logarithms;
    private readonly Tensor _orbit;
    private readonly TorusFourier _fourier;

    /// <summary>Creates a map.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="eigenvalues">Initial stretch of each wave vector, in the order of the sites, positive; averaged over symmetric wave vectors.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">The lattice is open, or there is not one positive eigenvalue per site.</exception>
    public CirculantGaussianMap(Lattice lattice, IReadOnlyList<double> eigenvalues, ScalarType dtype = ScalarType.Float32)
        : base(Kind, lattice is null ? throw new ArgumentNullException(nameof(lattice)) : lattice.Sites)
    {
        ArgumentNullException.ThrowIfNull(eigenvalues);
        if (lattice.Boundary != Boundary.Periodic)
        {
            throw new ArgumentException("Expected a periodic lattice, whose translations make the map circulant, got an open one.", nameof(lattice));
        }

        if (eigenvalues.Count != lattice.Sites || !eigenvalues.All(value => value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentException($"Expected {lattice.Sites} positive eigenvalues, one per wave vector, got {eigenvalues.Count} of which not all are positive and finite.", nameof(eigenvalues));
        }

        Lattice = lattice;
        _fourier = new TorusFourier(lattice.Extents);
        var orbits = LatticeOrbits.OfWaves(lattice);
        var start = new double[orbits.Max() + 1];
        var members = new int[start.Length];
        for (var site = 0; site < lattice.Sites; site++)
        {
            start[orbits[site]] += Math.Log(eigenvalues[site]);
            members[orbits[site]]++;
        }

        _logarithms = new Parameter(tensor(start.Zip(members, (sum, count) => sum / count).ToArray(), dtype: dtype).DetachFromDisposeScope());
        _orbit = tensor(orbits, dtype: int64).DetachFromDisposeScope();
        register_parameter("logarithms", _logarithms);
        register_buffer("orbit", _orbit);
    }

    /// <summary>The torus.</summary>
    public Lattice Lattice { get; }

    /// <summary>The map that turns white noise into the Gaussian part of an Ising energy: half the logarithm of the spectrum of K + αI.</summary>
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

    /// <inheritdoc/>
    public override FlowState Apply(FlowState state) => Stretch(state, 1);

    /// <inheritdoc/>
    public override FlowState Undo(FlowState state) => Stretch(state, -1);

    /// <inheritdoc/>
    public override StoredComponent Store() => new(
        Kind,
        new JsonObject { ["extents"] = new JsonArray([.. Lattice.Extents.Select(extent => (JsonNode)extent)]) },
        new Dictionary<string, Tensor> { ["logarithms"] = _logarithms });

    /// <summary>Rebuilds a map from a flow file.</summary>
    /// <param name="stored">The component.</param>
    /// <param name="dimension">Number of coordinates N of the potential before it.</param>
    /// <exception cref="FormatException">The stored parameters are no such map.</exception>
    internal static CirculantGaussianMap Restore(StoredComponent stored, long dimension)
    {
        try
        {
            var lattice = new Lattice(Boundary.Periodic, [.. stored.Options["extents"]!.AsArray().Select(extent => extent!.GetValue<int>())]);
            if (lattice.Sites != dimension)
            {
                throw new FormatException($"Expected a final map on {dimension} coordinates, as the potential has, got one on {lattice.Sites}; the file is damaged.");
            }

            var logarithms = stored.Tensor("logarithms");
            RequireFinite(logarithms);
            var map = new CirculantGaussianMap(lattice, [.. Enumerable.Repeat(1.0, lattice.Sites)], logarithms.dtype);
            TensorChecks.RequirePerRow(logarithms, map._logarithms.shape[0]);
            WeightAverage.Copy([logarithms], [map._logarithms]);
            return map;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NullReferenceException)
        {
            throw new FormatException($"The stored final map does not fit together: {error.Message}", error);
        }
    }

    private static void RequireFinite(Tensor logarithms)
    {
        using var scope = NewDisposeScope();
        if (!logarithms.is_floating_point() || !logarithms.isfinite().all().item<bool>())
        {
            throw new FormatException("Expected finite floating-point logarithms in the stored final map, got others; the file is damaged.");
        }
    }

    private FlowState Stretch(FlowState state, double direction)
    {
        TensorChecks.RequirePoints(state.X, Dimension);
        using var scope = NewDisposeScope();
        var spread = _logarithms.index_select(0, _orbit).Mul(direction);
        return new FlowState(_fourier.Filter(state.X, spread.exp()), state.LogProb.sub(spread.sum())).MoveToOuterDisposeScope();
    }
}
