using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices;

/// <summary>A ridge potential with every symmetry of a torus, exactly: φ(x) = Σ_c κ_c a_c Σ_g ln cosh((g w_c)·x), summed over all translations and point-group images g of each filter.</summary>
/// <remarks>
/// ln cosh without bias makes it Z2-symmetric, too. All hidden units of a filter share its amplitude; they are applied by FFT, and transported in hidden space.
/// Zhang, E, Wang (2018), section 4.2, with the exact average in place of sampled elements.
/// </remarks>
public sealed class LatticeRidgePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    public const string Kind = "lattice-ridge";

    // Up to this size products with the matrix of all translations are faster than transforms.
    private const int LargestMatrix = 64;

    // The point group grows as 2^d d!, and a file must not make it take all memory.
    private const int MostStoredAxes = 4;

    private readonly Parameter _weight;
    private readonly Parameter _amplitude;
    private readonly Tensor _unit;
    private readonly Tensor _images;
    private readonly Tensor? _translations;
    private readonly TorusFourier _fourier;
    private readonly Lazy<SymmetryGroup> _symmetry;

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="weight">Filters w, shape [C, N].</param>
    /// <param name="amplitude">a in units of κ, shape [C].</param>
    /// <param name="unit">κ, shape [C], fixed: a_c is κ_c times a trained number of order one; ones when null.</param>
    /// <param name="averaged">Whether each filter stands for the mean of its point-group images, one unit per site, instead of all of them side by side.</param>
    /// <exception cref="ArgumentException">The lattice is open, or the shapes disagree.</exception>
    public LatticeRidgePotential(Lattice lattice, Tensor weight, Tensor amplitude, Tensor? unit = null, bool averaged = false)
        : base(Kind, lattice is null ? throw new ArgumentNullException(nameof(lattice)) : lattice.Sites)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (lattice.Boundary != Boundary.Periodic)
        {
            throw new ArgumentException("Expected a periodic lattice, over which filters can be moved, got an open one.", nameof(lattice));
        }

        if (weight.dim() != 2 || weight.shape[1] != lattice.Sites || weight.shape[0] == 0)
        {
            throw new ArgumentException($"Expected filters of shape [C, {lattice.Sites}] with C ≥ 1, got {TensorChecks.Format(weight.shape)}.", nameof(weight));
        }

        TensorChecks.RequirePerRow(amplitude, weight.shape[0]);
        TensorChecks.RequirePerRow(unit ?? amplitude, weight.shape[0]);
        using var scope = NewDisposeScope();
        (Lattice, IsAveraged) = (lattice, averaged);
        _fourier = new TorusFourier(lattice.Extents);
        _symmetry = new(() => SymmetryGroup.SignFlip(lattice.Sites).And(LatticeSymmetries.SpaceGroup(lattice)));
        _images = LatticeOrbits.PointGroupImages(lattice).DetachFromDisposeScope();
        _weight = Own(weight);
        _amplitude = Own(amplitude);
        _unit = (unit?.detach().to(weight.dtype).clone() ?? ones_like(_amplitude)).detach().DetachFromDisposeScope();
        register_buffer("unit", _unit);
        register_parameter("weight", _weight);
        register_parameter("amplitude", _amplitude);
        register_buffer("images", _images);
        if (lattice.Sites <= LargestMatrix)
        {
            _translations = LatticeOrbits.Translations(lattice).DetachFromDisposeScope();
            register_buffer("translations", _translations);
        }
    }

    /// <summary>The torus.</summary>
    public Lattice Lattice { get; }

    /// <summary>Whether each filter stands for the mean of its point-group images.</summary>
    public bool IsAveraged { get; }

    /// <summary>Filters w, shape [C, N].</summary>
    public Tensor Weight => _weight;

    /// <summary>a in units of κ, shape [C].</summary>
    public Tensor Amplitude => _amplitude;

    /// <summary>κ, shape [C].</summary>
    public Tensor Unit => _unit;

    /// <summary>The transformations that leave the potential unchanged.</summary>
    public override SymmetryGroup Symmetry => _symmetry.Value;

    /// <summary>Draws a potential at rest: a = 0, filters of normal weights under a Gaussian window whose width grows from filter to filter.</summary>
    /// <remarks>
    /// All translations of a wide filter push the same way, those of a narrow one each its own site. κ is one over the largest eigenvalue of Σ_g (g w)(g w)ᵀ, so that equal
    /// changes of a move points equally far, whatever the filter.
    /// </remarks>
    /// <param name="lattice">A torus.</param>
    /// <param name="filters">Number C of filters, at least 1.</param>
    /// <param name="generator">Source of the weights.</param>
    /// <param name="length">|w|, positive.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static LatticeRidgePotential AtRest(Lattice lattice, int filters, Generator generator, double length = 1, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        ArgumentNullException.ThrowIfNull(generator);
        TensorChecks.RequireAtLeast(filters, 1);
        TensorChecks.RequireAtLeast(length, double.Epsilon);
        using var scope = NewDisposeScope();
        var windows = new double[filters * lattice.Sites];
        for (var filter = 0; filter < filters; filter++)
        {
            var width = 0.7 * Math.Pow(lattice.Extents.Max() / 2.0 / 0.7, filter / Math.Max(1.0, filters - 1));
            for (var site = 0; site < lattice.Sites; site++)
            {
                var squares = lattice.Coordinates(site).Select((place, axis) => Math.Pow(Math.Min(place, lattice.Extents[axis] - place), 2)).Sum();
                windows[(filter * lattice.Sites) + site] = Math.Exp(-squares / (2 * width * width));
            }
        }

        var window = tensor(windows, [filters, lattice.Sites], dtype: float64);
        var weight = randn([filters, lattice.Sites], dtype: float64, generator: generator).abs().mul(window);
        weight = weight.Mul(length).div(weight.Square().sum(1, keepdim: true).sqrt());
        return AtRest(lattice, weight, averaged: false, dtype);
    }

    /// <summary>A potential at rest, a = 0, with given filters.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="filters">w, shape [C, N].</param>
    /// <param name="averaged">Whether each filter stands for the mean of its point-group images: an eighth of the units on a square lattice, for filters that are symmetric.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentException">The lattice is open, or the shapes disagree.</exception>
    public static LatticeRidgePotential AtRest(Lattice lattice, Tensor filters, bool averaged, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(filters);
        using var scope = NewDisposeScope();
        var weight = filters.detach().to(float64);
        using var potential = new LatticeRidgePotential(lattice, weight, zeros(weight.shape[0], dtype: float64), averaged: averaged);
        var spectrum = potential._fourier.Forward(potential.Bank()).abs().Square().view(weight.shape[0], potential.Images, -1).sum([1L]);
        return new(lattice, weight.to(dtype), zeros(weight.shape[0], dtype: dtype), spectrum.amax([1L]).reciprocal(), averaged);
    }

    /// <inheritdoc/>
    public override Tensor Value(Tensor x, double time = 0)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        return Activation.LogCosh.Value(Units(x, Bank())).mv(UnitAmplitudes()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var bank = Bank();
        var s = Activation.LogCosh.First(Units(x, bank));
        var gradient = Points(s, bank.mul(ImageAmplitudes().unsqueeze(1)));
        var laplacian = Activation.LogCosh.Second(s).mv(UnitAmplitudes().mul(UnitSquares(bank)));
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>Carries points and log-densities along a grid by integrating the hidden units, coupled by FFT.</summary>
    /// <inheritdoc path="/param"/>
    public override FlowState Transport(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(scheme);
        TensorChecks.RequirePoints(state.X, Dimension);
        using var scope = NewDisposeScope();
        var solve = new HiddenSpaceSolve(Activation.LogCosh, grid, scheme) { Torus = _translations is null ? _fourier : null };
        var bank = Bank();
        var scaled = bank.mul(ImageAmplitudes().unsqueeze(1));
        var (s, f) = HiddenSpaceFunction.Integrate(solve, Units(state.X, bank), Coupling(scaled, bank));
        var x = state.X.Add(Points(s, scaled));
        var logProb = state.LogProb.sub(f.mv(UnitAmplitudes().mul(UnitSquares(bank))));
        return new FlowState(x, logProb).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override StoredComponent Store() => new(
        Kind,
        new JsonObject { ["extents"] = new JsonArray([.. Lattice.Extents.Select(extent => (JsonNode)extent)]), ["averaged"] = IsAveraged },
        new Dictionary<string, Tensor> { ["weight"] = _weight, ["amplitude"] = _amplitude, ["unit"] = _unit });

    /// <summary>Rebuilds a potential from a flow file.</summary>
    /// <exception cref="FormatException">The stored parameters are no such potential.</exception>
    internal static LatticeRidgePotential Restore(StoredComponent stored)
    {
        try
        {
            var extents = stored.Options["extents"]!.AsArray().Select(extent => extent!.GetValue<int>()).ToList();
            if (extents.Count > MostStoredAxes)
            {
                throw new FormatException($"Expected a lattice of at most {MostStoredAxes} axes, whose point group has {1 << MostStoredAxes}·{MostStoredAxes}! elements, got {extents.Count}; the file is damaged.");
            }

            return new(new Lattice(Boundary.Periodic, extents), stored.Tensor("weight"), stored.Tensor("amplitude"), stored.Tensor("unit"), stored.Option<bool>("averaged"));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NullReferenceException)
        {
            throw new FormatException($"The stored lattice potential does not fit together: {error.Message}", error);
        }
    }

    /// <summary>Number G of images that a filter has in the bank.</summary>
    private long Images => IsAveraged ? 1 : _images.shape[0];

    /// <summary>Every point-group image of every filter, or their mean, shape [C·G, N].</summary>
    private Tensor Bank()
    {
        using var scope = NewDisposeScope();
        var bank = _weight.index_select(1, _images.flatten()).view(-1, _images.shape[0], Lattice.Sites);
        return (IsAveraged ? bank.mean([1L]) : bank.view(-1, Lattice.Sites)).MoveToOuterDisposeScope();
    }

    private Tensor ImageAmplitudes() => _amplitude.mul(_unit).repeat_interleave(Images);

    private Tensor UnitAmplitudes() => _amplitude.mul(_unit).repeat_interleave(Images * Lattice.Sites);

    private Tensor UnitSquares(Tensor bank) => bank.Square().sum([1L]).repeat_interleave(Lattice.Sites);

    /// <summary>The filter banks, or the matrices of all their translations.</summary>
    private Tensor[] Coupling(Tensor scaled, Tensor bank) => _translations is null
        ? [scaled, bank]
        : bank.shape[0] < 2 ? [Translated(scaled).mm(Translated(bank).t())] : [Translated(scaled), Translated(bank)];

    private Tensor Translated(Tensor bank) => bank.index_select(1, _translations!.flatten()).view(-1, Lattice.Sites);

    /// <summary>y: the points seen by every translation of every filter, shape [B, C·G·N].</summary>
    private Tensor Units(Tensor x, Tensor bank) => _translations is not null
        ? x.mm(Translated(bank).t())
        : _fourier.Backward(_fourier.Forward(x).unsqueeze(1).mul(_fourier.Forward(bank).conj())).view(x.shape[0], -1);

    /// <summary>s W: the sum of all translated filters with weights s, shape [B, N].</summary>
    private Tensor Points(Tensor s, Tensor bank) => _translations is not null
        ? s.mm(Translated(bank))
        : _fourier.Backward(_fourier.Forward(s.view(s.shape[0], bank.shape[0], Lattice.Sites)).mul(_fourier.Forward(bank)).sum([1L]));
}
