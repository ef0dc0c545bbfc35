using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices;

/// <summary>A potential of pairs on a torus, nonlinear on the site first and coupled over the whole torus after, with an exact
/// Laplacian.</summary>
/// <remarks>
/// With filtered fields y_s = S_s ∗ x and site features h_a(y), odd ones tanh(ωy)/ω and even ones tanh²(ωy)/2ω:
/// φ(x, t) = ½ Σ_ab h_aᵀ W_ab(t) h_b + Σ_a c_a(t) Σ_r h_a(r) + ½ Σ_k λ_k(t) |x̂_k|² + Σ_j g_j(t) ln cosh(w_j M)/w_j with
/// M = N^{-1/2} Σ_r x_r. Filters, W and λ have one number per orbit of wave vectors, so that translations and the point group are exact;
/// so is x ↦ -x where odd and even features are not coupled. All of W, c, λ and g are linear in time between knots. Before the first knot
/// φ is quadratic and carries white noise to a Gaussian field exactly (appendix A of Zhang, E, Wang, 2018).
/// </remarks>
public sealed class LatticePairPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "lattice-pair";

    internal const string Stretch = "stretch";
    private readonly double _horizon;
    private readonly Lazy<SymmetryGroup> _symmetry;

    internal LatticePairPotential(PairShape shape, double horizon, IReadOnlyDictionary<string, Tensor> parameters)
        : base(Kind, shape.Sites * shape.Components)
    {
        (Shape, _horizon) = (shape, horizon);
        foreach (var name in PairParameters.Names(shape))
        {
            Own(name, parameters[name]);
        }

        _symmetry = new(() =>
        {
            var space = LatticeSymmetries.OfComponents(shape.Lattice.SpaceGroup(), shape.Components);
            return shape.IsSignSymmetric ? SymmetryGroup.SignFlip((int)Dimension).And(space) : space;
        });
    }

    /// <summary>The torus.</summary>
    public Lattice Lattice => Shape.Lattice;

    /// <summary>T.</summary>
    protected internal override double? Horizon => _horizon;

    /// <summary>Ends of the stretches between the knots.</summary>
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon) =>
        [.. Enumerable.Range(1, Stretches - 1).Select(stretch => _horizon * stretch / Stretches)];

    /// <summary>The transformations that leave the potential unchanged.</summary>
    protected internal override SymmetryGroup Symmetry => _symmetry.Value;

    internal PairShape Shape { get; }

    /// <summary>Number of stretches of time: the Gaussian map, and those between the knots.</summary>
    private int Stretches => 1 + Math.Max(1, (int)get_parameter(PairKnots.Linear)!.shape[0] - 1);

    private double GaussianTime => _horizon / Stretches;

    /// <summary>A potential that carries white noise to a Gaussian field, W = c = λ = g = 0.</summary>
    /// <param name="lattice">A torus.</param>
    /// <param name="variances">Variance of the Gaussian field at each wave vector, in the order of the sites, positive. Symmetric wave
    /// vectors get their geometric mean.</param>
    /// <param name="options">Scales and features; defaults when null.</param>
    /// <exception cref="ArgumentException">The lattice is open, or there is not one positive variance per site.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static LatticePairPotential AtRest(Lattice lattice, IReadOnlyList<double> variances, LatticePairOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        ArgumentNullException.ThrowIfNull(variances);
        options ??= new();
        options.Validate();
        RequirePeriodic(lattice);
        if (variances.Count != lattice.Sites || !variances.All(variance => variance > 0 && double.IsFinite(variance)))
        {
            throw new ArgumentException(
                $"Expected {lattice.Sites} positive variances, one per wave vector, got {variances.Count} of which not all are positive "
                + "and finite.", nameof(variances));
        }

        using var scope = NewDisposeScope();
        var shape = new PairShape(
            lattice, options.Scales.Count, options.OddFeatures, options.EvenFeatures, options.Components, options.IsSignSymmetric);
        return new(shape, options.Horizon, PairParameters.AtRest(shape, variances, options));
    }

    /// <summary>The same potential on a larger torus: kernels of the same numbers at each distance, zero beyond.</summary>
    /// <param name="lattice">A torus of as many axes, none of them shorter.</param>
    /// <param name="growth">Factor by which M grows, the collective terms with it; by default (N'/N)^{7/16}, that of the two-dimensional
    /// Ising model at its critical point.</param>
    /// <exception cref="ArgumentException">The lattice is open, has another number of axes, or a shorter one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not positive.</exception>
    public LatticePairPotential Lift(Lattice lattice, double? growth = null)
    {
        ArgumentNullException.ThrowIfNull(lattice);
        RequirePeriodic(lattice);
        var factor = growth ?? Math.Pow((double)lattice.Sites / Lattice.Sites, 7.0 / 16);
        TensorChecks.RequireAtLeast(factor, double.Epsilon, nameof(growth));
        if (lattice.Extents.Count != Lattice.Extents.Count || lattice.Extents.Zip(Lattice.Extents).Any(pair => pair.First < pair.Second))
        {
            throw new ArgumentException(
                $"Expected a torus of {Lattice.Extents.Count} axes, none shorter than those of {string.Join(" x ", Lattice.Extents)}, got "
                + $"{string.Join(" x ", lattice.Extents)}; train on a smaller torus first.", nameof(lattice));
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var shape = Shape.On(lattice);
        return new(shape, _horizon, PairParameters.Lift(Shape, Parameters(), shape, factor));
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var waves = Shape.ToColumns(x);
        var value = time < GaussianTime
            ? waves.Square().mul(Rates()).sum([0L]).Mul(0.5 / GaussianTime)
            : At(time, x).Value(waves);
        return Shape.PerRow(value).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        var waves = Shape.ToColumns(x);
        if (time < GaussianTime)
        {
            var rates = Rates().Div(GaussianTime);
            var trace = rates.sum().Mul(Shape.Components).expand(x.shape[0]).clone();
            return new(Shape.ToPoints(waves.mul(rates)).MoveToOuterDisposeScope(), trace.MoveToOuterDisposeScope());
        }

        var (velocity, laplacian) = At(time, x).At(waves);
        return new(Shape.ToPoints(velocity).MoveToOuterDisposeScope(), Shape.PerRow(laplacian).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        if (IsGaussian(piece))
        {
            return Gaussian(piece).Transport(start, solve.WithKineticEnergy).MoveToOuterDisposeScope();
        }

        var field = new KnotField(Shape, Terms(piece.Start, piece.End).Tensors, piece, solve.WithKineticEnergy);
        var end = solve.Along(field, start.X, piece);
        return start.After(end.X, end.Integrals[0], solve.WithKineticEnergy ? end.Integrals[1] : null, piece).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(is_grad_enabled() && solve.RecordsPath);
        var (state, moved) = IsGaussian(piece) ? (Gaussian(piece).Transport(start, withKineticEnergy: false), Gaussian(piece).Score(score))
            : solve.Integrator is ExplicitRungeKutta { Tableau: var tableau } ? AlongExplicitly(start, score, piece, tableau)
            : new PairScore(Shape, Terms(piece.Start, piece.End), piece).Transport(start, score, solve.Integrator);
        return (state.MoveToOuterDisposeScope(), moved.detach().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override bool RecordsPath(Integrator integrator) => integrator is ExplicitRungeKutta;

    private (PathState State, Tensor Score) AlongExplicitly(PathState start, Tensor score, TimeGrid piece, ButcherTableau tableau)
    {
        var (end, moved) = KnotFunction.Integrate(Shape, tableau, piece, start.X, Terms(piece.Start, piece.End).Tensors, score);
        return (start.After(end.X, end.Integrals[0], null, piece), moved!);
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => PairParameters.Store(Shape, _horizon, Parameters());

    internal static LatticePairPotential Restore(StoredComponent stored) => PairParameters.Restore(stored);

    private Dictionary<string, Tensor> Parameters() =>
        PairParameters.Names(Shape).ToDictionary(name => name, name => (Tensor)get_parameter(name)!);

    // A piece lies on one side of the break, so its middle tells.
    private bool IsGaussian(TimeGrid piece) => (piece.Start + piece.End) / 2 < GaussianTime;

    private PairGaussian Gaussian(TimeGrid piece) => new(Shape, Rates(), piece, GaussianTime);

    /// <summary>θ of each wave, shape [N, 1].</summary>
    private Tensor Rates()
    {
        var stretch = get_parameter(Stretch)!;
        return stretch.index_select(0, Shape.Orbits(stretch)).unsqueeze(-1);
    }

    private PairTerms Terms(double start, double end) =>
        new PairKnots(Shape, name => get_parameter(name)!).Between((start / GaussianTime) - 1, (end / GaussianTime) - 1);

    private PairStage At(double time, Tensor x)
    {
        var (terms, orbits) = (Terms(time, time), Shape.Orbits(x));
        return new(Shape, Shape.Harmonics.Like(x), terms.At(0, orbits, terms.Filters(orbits)));
    }

    private static void RequirePeriodic(Lattice lattice)
    {
        if (lattice.Boundary != Boundary.Periodic)
        {
            throw new ArgumentException(
                "Expected a periodic lattice, whose translations the potential has, got an open one; a RidgePotential with LocalPatches "
                + "needs no translations.", nameof(lattice));
        }
    }
}
