using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles;

/// <summary>A potential of identical particles that see each other's distances, in 1 to 3 dimensions: exactly symmetric under
/// permutations, rotations, reflections and translations.</summary>
/// <remarks>
/// φ(x, t) = Σ_{i&lt;j} u(d_ij; t) + ½ Σᵢ cᵢᵀ W(t) cᵢ + ½ κ(t) Σᵢ |rᵢ - r̄|² with u = w Σ_k a_k(t) e^{-(ρ/w - k)²/2}, ρ² = d² + w², a
/// smooth function of d², and cᵢₘ = Σⱼ bₘ(d_ij), bₘ a Gaussian of the same kind: distances that share a particle act on each other.
/// Of the pairs and κ ∂φ/∂rᵢ = Σⱼ u'(d)/d (rᵢ - rⱼ) + κ (rᵢ - r̄) and ∇²φ = 2 Σ_{i&lt;j} [u''(d) + (D - 1) u'(d)/d] + κ D (n - 1).
/// All of a, W and κ are linear in time between knots. Before the first knot φ is quadratic: it stretches the displacements from the centre
/// of mass, and the centre of mass, each by a factor of its own. Nothing else moves the centre of mass, so that translations leave
/// the density of the displacements as it is.
/// In a periodic box d is the distance to the nearest image, there is no κ, and the coordinates are spread over many boxes: modulo the box
/// they start uniformly. Coordinates are ordered particle by particle. Köhler, Klein, Noé, "Equivariant Flows" (2020), section 5.
/// </remarks>
public sealed class ParticlePairPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "particle-pair";

    private const string Stretch = "stretch", Strength = "strength", Coupling = "coupling", Confinement = "confinement";
    private const string Local = "local", Collective = "collective", Weight = "weight", Offset = "offset";
    private const double WeightDeviation = 0.5, OffsetDeviation = 0.5;
    private readonly double _horizon;
    private readonly Lazy<SymmetryGroup> _symmetry;

    private ParticlePairPotential(ParticleShape shape, double horizon, IReadOnlyDictionary<string, Tensor> parameters)
        : base(Kind, shape.Dimension)
    {
        (Shape, _horizon) = (shape, horizon);
        foreach (var name in Names(shape))
        {
            Own(name, parameters[name]);
        }

        _symmetry = new(() => ParticleSymmetries.Of(shape.Particles, shape.Coordinates));
    }

    /// <summary>T.</summary>
    protected internal override double? Horizon => _horizon;

    /// <summary>Ends of the stretches between the knots.</summary>
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon) =>
        [.. Enumerable.Range(1, Stretches - 1).Select(stretch => _horizon * stretch / Stretches)];

    /// <summary>Permutations of particles, exchanges of axes, and x ↦ -x; rotations are no permutations of coordinates, and are symmetries
    /// as well.</summary>
    protected internal override SymmetryGroup Symmetry => _symmetry.Value;

    internal ParticleShape Shape { get; }

    /// <summary>Number of stretches of time: the Gaussian map, and those between the knots.</summary>
    private int Stretches => 1 + Math.Max(1, (int)get_parameter(Strength)!.shape[0] - 1);

    private double GaussianTime => _horizon / Stretches;

    private ParticleGaussian Gaussian => new(Shape, get_parameter(Stretch)!, GaussianTime);

    /// <summary>A potential that carries white noise to independent particles around their centre of mass, a = W = κ = 0.</summary>
    /// <param name="particles">Number n of particles, at least 2.</param>
    /// <param name="coordinates">Coordinates D of each, from 1 to 3.</param>
    /// <param name="options">Range, Gaussians and knots; defaults when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range, or the box is smaller than twice the range.</exception>
    public static ParticlePairPotential AtRest(int particles, int coordinates, ParticlePairOptions? options = null)
    {
        options ??= new();
        options.Validate();
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var shape = new ParticleShape(
            particles, coordinates, options.Gaussians, options.TripleGaussians, options.Units, options.Range, options.Box);
        // In a box the envelope is one for all coordinates.
        var (spread, centre) = shape.Box is { } box ? (box.Spread, box.Spread) : (options.Spread, options.CentreSpread);
        var parameters = new Dictionary<string, Tensor>
        {
            [Stretch] = tensor(new[] { Math.Log(spread), Math.Log(centre) }, dtype: options.Type),
            [Strength] = zeros(options.Knots, options.Gaussians, dtype: options.Type),
            [Coupling] = zeros(options.Knots, (long)options.TripleGaussians * options.TripleGaussians, dtype: options.Type),
            [Confinement] = zeros(options.Knots, dtype: options.Type),
        };
        if (shape.Units > 0)
        {
            using var generator = new Generator(options.Seed);
            Tensor Normal(double deviation, params long[] size) =>
                randn(size, dtype: float64, generator: generator).Mul(deviation).to(options.Type);
            parameters[Weight] = Normal(WeightDeviation / (shape.Range / (shape.Channels - 1)), shape.Units, shape.Channels);
            parameters[Offset] = Normal(OffsetDeviation, 2, shape.Units);
            (parameters[Local], parameters[Collective]) = (Normal(0, options.Knots, shape.Units), Normal(0, options.Knots, shape.Units));
        }

        return new(shape, options.Horizon, parameters);
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var value = time < GaussianTime ? Gaussian.Value(x) : At(x, time).Value();
        return value.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        PotentialDerivatives result;
        if (time < GaussianTime)
        {
            result = Gaussian.Derivatives(x);
        }
        else
        {
            var stage = At(x, time);
            result = (Shape.ToPoints(stage.Velocity()), stage.Laplacian());
        }

        return new(result.Gradient.MoveToOuterDisposeScope(), result.Laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        if (IsGaussian(piece))
        {
            return Gaussian.Transport(start, piece, solve.WithKineticEnergy).MoveToOuterDisposeScope();
        }

        var end = solve.Along(new KnotField(Shape, Terms(piece.Start, piece.End), piece, solve.WithKineticEnergy), start.X, piece);
        return start.After(end.X, end.Integrals[0], solve.WithKineticEnergy ? end.Integrals[1] : null, piece).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        if (solve.Integrator is not ExplicitRungeKutta { Tableau: var tableau })
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(is_grad_enabled() && solve.RecordsPath);
        PathState state;
        Tensor moved;
        if (IsGaussian(piece))
        {
            (state, moved) = (Gaussian.Transport(start, piece, withKineticEnergy: false), Gaussian.Score(score, piece));
        }
        else
        {
            var (end, carried) = KnotFunction.Integrate(Shape, tableau, piece, start.X, Terms(piece.Start, piece.End), score);
            (state, moved) = (start.After(end.X, end.Integrals[0], null, piece), carried!);
        }

        return (state.MoveToOuterDisposeScope(), moved.detach().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override bool RecordsPath(Integrator integrator) => integrator is ExplicitRungeKutta;

    /// <inheritdoc/>
    protected internal override StoredComponent Store()
    {
        var stored = new StoredComponent(Kind).With("particles", Shape.Particles).With("coordinates", Shape.Coordinates)
            .With("range", Shape.Range).With("horizon", _horizon);
        return (Shape.Box is { } box ? stored.With("box", box.Side) : stored).WithParameters(this);
    }

    internal static ParticlePairPotential Restore(StoredComponent stored)
    {
        var (strength, horizon) = (stored.Tensor(Strength), stored.Option<double>("horizon"));
        if (strength.dim() != 2 || strength.numel() == 0 || strength.shape[1] > ParticleShape.MaxGaussians || !(horizon > 0))
        {
            throw new FormatException(
                $"Expected strengths of shape [knots, K] and a positive horizon in the stored {Kind}, got "
                + $"{TensorChecks.Format(strength.shape)} and {horizon}; the file is damaged.");
        }

        var (channels, units) = stored.Has(Weight)
            ? ((int)stored.Tensor(Weight).shape[^1], (int)stored.Tensor(Weight).shape[0])
            : (stored.Has(Coupling) ? (int)Math.Sqrt(stored.Tensor(Coupling).shape[^1]) : 0, 0);
        var shape = new ParticleShape(
            stored.Option<int>("particles"), stored.Option<int>("coordinates"), (int)strength.shape[1], channels, units,
            stored.Option<double>("range"),
            stored.Has("box") ? stored.Option<double>("box") : null);
        foreach (var name in Names(shape))
        {
            var value = stored.Tensor(name);
            long[] expected = name switch
            {
                Stretch => [2],
                Strength => strength.shape,
                Coupling => [strength.shape[0], (long)channels * channels],
                Local or Collective => [strength.shape[0], units],
                Weight => [units, channels],
                Offset => [2, units],
                _ => [strength.shape[0]],
            };
            if (!value.shape.SequenceEqual(expected) || value.dtype != strength.dtype)
            {
                throw new FormatException(
                    $"Expected '{name}' of shape {TensorChecks.Format(expected)} and type {strength.dtype} in the stored {Kind}, got "
                    + $"{TensorChecks.Format(value.shape)} and {value.dtype}; the file is damaged.");
            }
        }

        return new(shape, horizon, Names(shape).ToDictionary(name => name, stored.Tensor));
    }

    private static IEnumerable<string> Names(ParticleShape shape) =>
        [Stretch, .. NamesInTime(shape), .. shape.Units > 0 ? (string[])[Weight, Offset] : []];

    /// <summary>Those of the coefficients that are linear between knots, in the order in which stages take them.</summary>
    private static IEnumerable<string> NamesInTime(ParticleShape shape) =>
    [
        Strength, .. shape.Couplings > 0 ? (string[])[Coupling] : [], .. shape.Box is null ? (string[])[Confinement] : [],
        .. shape.Units > 0 ? (string[])[Local, Collective] : [],
    ];

    // A piece lies on one side of the break, so its middle tells.
    private bool IsGaussian(TimeGrid piece) => (piece.Start + piece.End) / 2 < GaussianTime;

    private ParticleStage At(Tensor x, double time)
    {
        var terms = Terms(time, time);
        return new(new(Shape, x), terms[0][0], terms.Length > 1 ? terms[1] : null, Shape.ToColumns(x));
    }

    /// <summary>Coefficients at two times between which they are linear, one row each, then those that do not depend on time.</summary>
    private Tensor[] Terms(double start, double end)
    {
        var knots = get_parameter(Strength)!.shape[0];
        var all = cat([.. NamesInTime(Shape).Select(name => get_parameter(name)!.view(knots, -1))], 1);
        var linear = stack([At(start), At(end)]);
        return Shape.Units == 0 ? [linear] : [linear, cat([get_parameter(Weight)!.view(-1), get_parameter(Offset)!.view(-1)])];

        Tensor At(double time)
        {
            var place = (time / GaussianTime) - 1;
            var knot = (int)Math.Clamp(Math.Floor(place), 0, Math.Max(0, all.shape[0] - 2));
            var share = Math.Clamp(place - knot, 0, 1);
            return all.shape[0] == 1 || share == 0 ? all[knot]
                : share == 1 ? all[knot + 1]
                : all[knot].Mul(1 - share).Add(all[knot + 1], alpha: share);
        }
    }
}
