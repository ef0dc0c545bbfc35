using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles;

/// <summary>A potential of identical particles that see each other's distances, in 1 to 3 dimensions: exactly symmetric under
/// permutations, rotations, reflections and translations.</summary>
/// <remarks>
/// φ(x, t) = Σ_{i&lt;j} u(d_ij; t) + ½ Σᵢ cᵢᵀ W(t) cᵢ + ½ κ(t) Σᵢ |rᵢ - r̄|² with u = w Σ_k a_k(t) e^{-(ρ/w - k)²/2}, ρ² = d² + w², a
/// smooth function of d², and cᵢₘ = Σⱼ bₘ(d_ij), bₘ a Gaussian of the same kind: distances that share a particle act on each other.
/// Of the pairs and κ ∂φ/∂rᵢ = Σⱼ u'(d)/d (rᵢ - rⱼ) + κ (rᵢ - r̄) and ∇²φ = 2 Σ_{i&lt;j} [u''(d) + (D - 1) u'(d)/d] + κ D (n - 1).
/// All of a, W and κ are linear in time between knots; weights of units are constant between them, with others in each stretch. Before
/// the first knot φ is quadratic: it stretches the displacements from the centre of mass, and the centre of mass, each by a factor of
/// its own. Nothing else moves the centre of mass, so that translations leave the density of the displacements as it is.
/// In a periodic box d is the distance to the nearest image, there is no κ, and the coordinates are spread over many boxes: modulo the box
/// they start uniformly. Coordinates are ordered particle by particle. Köhler, Klein, Noé, "Equivariant Flows" (2020), section 5.
/// </remarks>
public sealed class ParticlePairPotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "particle-pair";

    private readonly double _horizon;
    private readonly Lazy<SymmetryGroup> _symmetry;

    private ParticlePairPotential(ParticleShape shape, double horizon, IReadOnlyDictionary<string, Tensor> parameters)
        : base(Kind, shape.Dimension)
    {
        (Shape, _horizon) = (shape, horizon);
        foreach (var name in ParticleCoefficients.Names(shape))
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
    private int Stretches => 1 + (int)ParticleCoefficients.Stretches(Parameter(ParticleCoefficients.Strength).shape[0]);

    private double GaussianTime => _horizon / Stretches;

    private ParticleGaussian Gaussian => new(Shape, Parameter(ParticleCoefficients.Stretch), GaussianTime);

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
        return new(shape, options.Horizon, ParticleCoefficients.AtRest(shape, options));
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
        var (strength, horizon) = (stored.Tensor(ParticleCoefficients.Strength), stored.Option<double>("horizon"));
        if (strength.dim() != 2 || strength.numel() == 0 || strength.shape[1] > ParticleShape.MaxGaussians || !(horizon > 0))
        {
            throw new FormatException(
                $"Expected strengths of shape [knots, K] and a positive horizon in the stored {Kind}, got "
                + $"{TensorChecks.Format(strength.shape)} and {horizon}; the file is damaged.");
        }

        var (channels, units) = Sizes(stored);
        var shape = new ParticleShape(
            stored.Option<int>("particles"), stored.Option<int>("coordinates"), (int)strength.shape[1], channels, units,
            stored.Option<double>("range"),
            stored.Has("box") ? stored.Option<double>("box") : null);
        foreach (var name in ParticleCoefficients.Names(shape))
        {
            var (value, expected) = (stored.Tensor(name), ParticleCoefficients.Expected(name, shape, strength.shape[0]));
            if (!value.shape.SequenceEqual(expected) || value.dtype != strength.dtype)
            {
                throw new FormatException(
                    $"Expected '{name}' of shape {TensorChecks.Format(expected)} and type {strength.dtype} in the stored {Kind}, got "
                    + $"{TensorChecks.Format(value.shape)} and {value.dtype}; the file is damaged.");
            }
        }

        return new(shape, horizon, ParticleCoefficients.Names(shape).ToDictionary(name => name, stored.Tensor));
    }

    /// <summary>Numbers of channels and of units.</summary>
    private static (int Channels, int Units) Sizes(StoredComponent stored)
    {
        if (!stored.Has(ParticleCoefficients.Weight))
        {
            var coupling = stored.Has(ParticleCoefficients.Coupling) ? stored.Tensor(ParticleCoefficients.Coupling).shape : [];
            return (coupling.Length == 0 ? 0 : (int)Math.Sqrt(coupling[^1]), 0);
        }

        var weight = stored.Tensor(ParticleCoefficients.Weight).shape;
        return weight.Length == 3 ? ((int)weight[2], (int)weight[1]) : throw new FormatException(
            $"Expected weights of shape [stretches, units, channels] in the stored {Kind}, got {TensorChecks.Format(weight)}; the file "
            + $"is damaged.");
    }

    private Tensor Parameter(string name) => get_parameter(name)!;

    // A piece lies on one side of the break, so its middle tells.
    private bool IsGaussian(TimeGrid piece) => (piece.Start + piece.End) / 2 < GaussianTime;

    private ParticleStage At(Tensor x, double time)
    {
        var terms = Terms(time, time);
        return new(new(Shape, x), terms[0][0], terms.Length > 1 ? terms[1] : null, Shape.ToColumns(x));
    }

    private Tensor[] Terms(double start, double end) =>
        ParticleCoefficients.Between(Shape, Parameter, (start / GaussianTime) - 1, (end / GaussianTime) - 1);
}
