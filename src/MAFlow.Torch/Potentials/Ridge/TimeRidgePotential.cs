using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge;

/// <summary>A ridge potential that changes smoothly with time: φ(x, t) = Σⱼ aⱼ(t) f(wⱼ·x + bⱼ(t)), with amplitudes and biases that are
/// linear between knots, and directions w that all times share.</summary>
/// <remarks>
/// With y = xWᵀ + b(t): ∇φ = (a ∘ f'(y)) W and ∇²φ = Σⱼ aⱼ |wⱼ|² f''(yⱼ), both O(BNh). K knots lie at 0, T/(K-1), …, T; the velocity is
/// continuous there, where that of a <see cref="PiecewisePotential"/> jumps. Of K·h·(N + 2) parameters of K parts it has h·(N + 2K).
/// The hidden units obey dy/dt = (a ∘ f'(y)) W Wᵀ + db/dt. They are not integrated here: the solve is one in x, with a reverse pass of its
/// own.
/// Zhang, E, Wang (2018), section 6, names potentials that depend on time as the next step.
/// </remarks>
public sealed class TimeRidgePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "time-ridge";

    private const string WeightName = "weight", BiasName = "bias", AmplitudeName = "amplitude";
    private const int MaxKnots = 1 << 10;
    private readonly double _horizon;
    private readonly TimeRidgeUnits _units;

    /// <summary>Creates a potential from its parameters, which are copied.</summary>
    /// <param name="weight">W, shape [h, N].</param>
    /// <param name="bias">b at each knot, shape [K, h]; null for an even activation.</param>
    /// <param name="amplitude">a at each knot, shape [K, h], from 2 to 1024 knots.</param>
    /// <param name="activation">f.</param>
    /// <param name="horizon">T, positive: the horizon of the flow.</param>
    /// <exception cref="ArgumentException">The shapes or types disagree, or a bias comes with an even activation, or none with
    /// another.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is not positive.</exception>
    public TimeRidgePotential(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation, double horizon = 1)
        : base(Kind, CheckedDimension(weight, bias, amplitude, activation))
    {
        TensorChecks.RequireAtLeast(horizon, double.Epsilon);
        (Activation, _horizon, _units) = (activation, horizon, new(weight.shape[1], weight.shape[0], activation));
        Own(WeightName, weight);
        Own(AmplitudeName, amplitude);
        if (bias is not null)
        {
            Own(BiasName, bias);
        }
    }

    /// <summary>T.</summary>
    protected internal override double? Horizon => _horizon;

    /// <summary>The knots inside of (0, T).</summary>
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon) =>
        [.. Enumerable.Range(1, Knots - 2).Select(knot => _horizon * knot / (Knots - 1))];

    /// <summary>x ↦ -x where the activation is even.</summary>
    protected internal override SymmetryGroup Symmetry => Activation.IsEven ? SymmetryGroup.SignFlip((int)Dimension) : base.Symmetry;

    private Activation Activation { get; }

    private Tensor Weight => get_parameter(WeightName)!;

    private Tensor Amplitude => get_parameter(AmplitudeName)!;

    private Tensor? Bias => Activation.IsEven ? null : get_parameter(BiasName);

    private int Knots => (int)Amplitude.shape[0];

    /// <summary>Draws a potential at rest: a = 0, so that the flow begins as the identity map.</summary>
    /// <param name="directions">Rows w before scaling, shape [h, N]; none may be zero.</param>
    /// <param name="activation">f.</param>
    /// <param name="generator">Source of the biases b ~ N(0, ½²), the same at all knots.</param>
    /// <param name="knots">Number K of knots, from 2 to 1024.</param>
    /// <param name="horizon">T, positive.</param>
    /// <param name="length">|wⱼ| after scaling, positive: how much of the activation's curve unit-variance data explores.</param>
    /// <param name="dtype">Float32 or Float64.</param>
    public static TimeRidgePotential AtRest(
        Tensor directions, Activation activation, Generator generator, int knots = 5, double horizon = 1, double length = 1.5,
        ScalarType dtype = ScalarType.Float32)
    {
        TensorChecks.RequireOption(knots, 2, MaxKnots);
        using var scope = NewDisposeScope();
        using var still = RidgePotential.AtRest(directions, activation, generator, length, dtype);
        return new(still.Weight, still.Bias?.repeat(knots, 1), zeros(knots, directions.shape[0], dtype: dtype), activation, horizon);
    }

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var y = x.mm(Weight.t());
        y = Bias is { } bias ? y.Add(At(bias, time)) : y;
        return Activation.Value(y).mv(At(Amplitude, time)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        using var scope = NewDisposeScope();
        using var stages = _units.Stages(Terms(time, time), x);
        var (velocity, laplacian) = stages.At(0, _units.ToColumns(x));
        return new(_units.ToPoints(velocity).MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var end = solve.Along(new KnotField(_units, Terms(piece.Start, piece.End), piece, solve.WithKineticEnergy), start.X, piece);
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
        var (end, moved) = KnotFunction.Integrate(_units, tableau, piece, start.X, Terms(piece.Start, piece.End), score);
        var state = start.After(end.X, end.Integrals[0], null, piece);
        return (state.MoveToOuterDisposeScope(), moved!.detach().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override bool RecordsPath(Integrator integrator) => integrator is ExplicitRungeKutta;

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => new StoredComponent(Kind)
        .With("activation", Activation.Name).With("horizon", _horizon).WithParameters(this);

    internal static TimeRidgePotential Restore(StoredComponent stored) => new(
        stored.Tensor(WeightName),
        stored.Tensors.GetValueOrDefault(BiasName),
        stored.Tensor(AmplitudeName),
        Activation.ByName(stored.Option<string>("activation")),
        stored.Option<double>("horizon"));

    /// <summary>What φ depends on between two times without a knot in between.</summary>
    private List<Tensor> Terms(double start, double end)
    {
        List<Tensor> terms = [Weight, Weight.Square().sum([1L]), Ends(Amplitude)];
        return Bias is { } bias ? [.. terms, Ends(bias)] : terms;

        Tensor Ends(Tensor knots) => stack([At(knots, start), At(knots, end)]);
    }

    /// <summary>The numbers [h] of a time, of those at the knots.</summary>
    private Tensor At(Tensor knots, double time)
    {
        var place = Math.Clamp(time / _horizon, 0, 1) * (Knots - 1);
        var knot = Math.Min((int)place, Knots - 2);
        return knots[knot].Mul(1 - (place - knot)).Add(knots[knot + 1], alpha: place - knot);
    }

    private static long CheckedDimension(Tensor weight, Tensor? bias, Tensor amplitude, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(amplitude);
        if (amplitude.dim() != 2 || amplitude.shape[0] is < 2 or > MaxKnots
            || (bias is not null && !bias.shape.SequenceEqual(amplitude.shape)))
        {
            throw new ArgumentException(
                $"Expected amplitudes of shape [K, h] with 2 to {MaxKnots} knots, and biases of the same shape, got "
                + $"{TensorChecks.Format(amplitude.shape)} and {(bias is null ? "none" : TensorChecks.Format(bias.shape))}; a potential "
                + "that does not depend on time is a RidgePotential.",
                nameof(amplitude));
        }

        using var scope = NewDisposeScope();
        return RidgePotential.CheckedDimension(weight, bias?[0], amplitude[0], activation);
    }
}
