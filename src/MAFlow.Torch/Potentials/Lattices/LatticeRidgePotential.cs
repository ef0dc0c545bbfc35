using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices;

/// <summary>A ridge potential with every symmetry of a torus, exactly: φ(x) = Σ_c κ_c a_c Σ_g ln cosh((g w_c)·x), summed over all
/// translations and point-group images g of each filter.</summary>
/// <remarks>
/// ln cosh without bias makes it Z2-symmetric, too. All hidden units of a filter share its amplitude; they are applied by FFT, and
/// transported in hidden space.
/// Zhang, E, Wang (2018), section 4.2, with the exact average in place of sampled elements.
/// </remarks>
public sealed class LatticeRidgePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "lattice-ridge";

    // Up to this size products with the matrix of all translations are faster than transforms.
    private const int MaxMatrix = 64;

    // The point group grows as 2^d d!, and a file must not make it take all memory.
    private const int MaxStoredAxes = 4;

    private readonly TorusFourier _fourier;
    private readonly Lazy<SymmetryGroup> _symmetry;

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="weight">Filters w, shape [C, N].</param>
    /// <param name="amplitude">a in units of κ, shape [C].</param>
    /// <param name="unit">κ, shape [C], fixed: a_c is κ_c times a trained number of order one; ones when null.</param>
    /// <param name="averaged">Whether each filter stands for the mean of its point-group images, one unit per site, instead of all of them
    /// side by side.</param>
    /// <exception cref="ArgumentException">The lattice is open, or the shapes disagree.</exception>
    internal LatticeRidgePotential(Lattice lattice, Tensor weight, Tensor amplitude, Tensor? unit = null, bool averaged = false)
        : base(Kind, lattice is null ? throw new ArgumentNullException(nameof(lattice)) : lattice.Sites)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (lattice.Boundary != Boundary.Periodic)
        {
            throw new ArgumentException("Expected a periodic lattice, over which filters can be moved, got an open one.", nameof(lattice));
        }

        if (weight.dim() != 2 || weight.shape[1] != lattice.Sites || weight.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Expected filters of shape [C, {lattice.Sites}] with C ≥ 1, got {TensorChecks.Format(weight.shape)}.",
                nameof(weight));
        }

        TensorChecks.RequirePerRow(amplitude, weight.shape[0]);
        TensorChecks.RequirePerRow(unit ?? amplitude, weight.shape[0]);
        using var scope = NewDisposeScope();
        using var left = GradientMode.LeaveInference();
        (Lattice, IsAveraged) = (lattice, averaged);
        _fourier = new TorusFourier(lattice.Extents);
        _symmetry = new(() => SymmetryGroup.SignFlip(lattice.Sites).And(lattice.SpaceGroup()));
        Own("weight", weight);
        Own("amplitude", amplitude);
        register_buffer("unit", (unit?.detach().to(weight.dtype).clone() ?? ones_like(amplitude)).detach().DetachFromDisposeScope());
        register_buffer("images", LatticeOrbits.PointGroupImages(lattice).DetachFromDisposeScope());
        if (lattice.Sites <= MaxMatrix)
        {
            register_buffer("translations", LatticeOrbits.Translations(lattice).DetachFromDisposeScope());
        }
    }

    /// <summary>The torus.</summary>
    internal Lattice Lattice { get; }

    /// <summary>Whether each filter stands for the mean of its point-group images.</summary>
    internal bool IsAveraged { get; }

    /// <summary>Filters w, shape [C, N].</summary>
    internal Tensor Weight => get_parameter("weight")!;

    /// <summary>a in units of κ, shape [C].</summary>
    internal Tensor Amplitude => get_parameter("amplitude")!;

    /// <summary>κ, shape [C].</summary>
    internal Tensor Unit => get_buffer("unit")!;

    /// <summary>Where each site of each point-group image comes from, shape [G, N].</summary>
    private Tensor ImageSources => get_buffer("images")!;

    /// <summary>Where each site of each translation comes from, shape [N, N]; null where transforms are faster.</summary>
    private Tensor? TranslationSources => Lattice.Sites <= MaxMatrix ? get_buffer("translations") : null;

    /// <summary>The transformations that leave the potential unchanged.</summary>
    protected internal override SymmetryGroup Symmetry => _symmetry.Value;

    /// <summary>Draws a potential at rest: a = 0, filters of normal weights under a Gaussian window whose width grows from filter to
    /// filter.</summary>
    /// <remarks>
    /// All translations of a wide filter push the same way, those of a narrow one each its own site. κ is one over the largest eigenvalue
    /// of Σ_g (g w)(g w)ᵀ, so that equal changes of a move points equally far, whatever the filter.
    /// </remarks>
    /// <param name="lattice">A torus.</param>
    /// <param name="filters">Number C of filters, at least 1.</param>
    /// <param name="generator">Source of the weights.</param>
    /// <param name="length">|w|, positive.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static LatticeRidgePotential AtRest(
        Lattice lattice, int filters, Generator generator, double length = 1, ScalarType dtype = ScalarType.Float32)
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
                var squares = lattice.Coordinates(site)
                    .Select((place, axis) => Math.Pow(Math.Min(place, lattice.Extents[axis] - place), 2))
                    .Sum();
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
    /// <param name="averaged">Whether each filter stands for the mean of its point-group images: an eighth of the units on a square
    /// lattice, for filters that are symmetric.</param>
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
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return Activation.LogCosh.Value(Units(x, Bank())).mv(UnitAmplitudes()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var bank = Bank();
        var s = Activation.LogCosh.First(Units(x, bank));
        var gradient = Points(s, bank.mul(ImageAmplitudes().unsqueeze(1)));
        var laplacian = Activation.LogCosh.Second(s).mv(UnitAmplitudes().mul(UnitSquares(bank)));
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        return Hidden().Transport(start, piece, solve).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var (state, moved) = Hidden().TransportScore(start, score, piece, solve);
        return (state.MoveToOuterDisposeScope(), moved.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .With("extents", Lattice.Extents)
        .With("averaged", IsAveraged)
        .WithTensor("weight", Weight)
        .WithTensor("amplitude", Amplitude)
        .WithTensor("unit", Unit);

    internal static LatticeRidgePotential Restore(StoredComponent stored)
    {
        var extents = stored.Option<int[]>("extents");
        return extents.Length <= MaxStoredAxes
            ? new(
                new Lattice(Boundary.Periodic, extents), stored.Tensor("weight"), stored.Tensor("amplitude"), stored.Tensor("unit"),
                stored.Option<bool>("averaged"))
            : throw new FormatException(
                $"Expected a lattice of at most {MaxStoredAxes} axes, whose point group has {1 << MaxStoredAxes}·{MaxStoredAxes}! "
                + $"elements, got {extents.Length}; the file is damaged.");
    }

    private HiddenUnits Hidden()
    {
        var bank = Bank();
        var scaled = bank.mul(ImageAmplitudes().unsqueeze(1));
        var (form, coupling) = Coupling(scaled, bank);
        return new(
            Activation.LogCosh, form, coupling, UnitAmplitudes(), UnitSquares(bank),
            x => Units(x, bank), direction => Units(direction, bank), s => Points(s, scaled));
    }

    /// <summary>Number G of images that a filter has in the bank.</summary>
    private long Images => IsAveraged ? 1 : ImageSources.shape[0];

    /// <summary>Every point-group image of every filter, or their mean, shape [C·G, N].</summary>
    private Tensor Bank()
    {
        using var scope = NewDisposeScope();
        var bank = Weight.index_select(1, ImageSources.flatten()).view(-1, ImageSources.shape[0], Lattice.Sites);
        return (IsAveraged ? bank.mean([1L]) : bank.view(-1, Lattice.Sites)).MoveToOuterDisposeScope();
    }

    private Tensor ImageAmplitudes() => Amplitude.mul(Unit).repeat_interleave(Images);

    private Tensor UnitAmplitudes() => Amplitude.mul(Unit).repeat_interleave(Images * Lattice.Sites);

    private Tensor UnitSquares(Tensor bank) => bank.Square().sum([1L]).repeat_interleave(Lattice.Sites);

    /// <summary>The filter banks, or the matrices of all their translations.</summary>
    private (CouplingForm Form, Tensor[] Tensors) Coupling(Tensor scaled, Tensor bank) => TranslationSources is null
        ? (CirculantCoupling.FormOn(_fourier), [scaled, bank])
        : bank.shape[0] < 2
            ? (DenseCoupling.Form, [Translated(scaled).mm(Translated(bank).t())])
            : (FactoredCoupling.Form, [Translated(scaled), Translated(bank)]);

    private Tensor Translated(Tensor bank) => bank.index_select(1, TranslationSources!.flatten()).view(-1, Lattice.Sites);

    /// <summary>y: the points seen by every translation of every filter, shape [B, C·G·N].</summary>
    private Tensor Units(Tensor x, Tensor bank) => TranslationSources is not null
        ? x.mm(Translated(bank).t())
        : _fourier.Backward(_fourier.Forward(x).unsqueeze(1).mul(_fourier.Forward(bank).conj())).view(x.shape[0], -1);

    /// <summary>s W: the sum of all translated filters with weights s, shape [B, N].</summary>
    private Tensor Points(Tensor s, Tensor bank) => TranslationSources is not null
        ? s.mm(Translated(bank))
        : _fourier.Backward(_fourier.Forward(s.view(s.shape[0], bank.shape[0], Lattice.Sites)).mul(_fourier.Forward(bank)).sum([1L]));
}
