using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A scalar potential φ(x, t): R^N -> R whose gradient is the velocity of the fluid.</summary>
/// <remarks>
/// A new potential states <see cref="Evaluate"/>; gradient and Laplacian then come from autograd.
/// Where closed forms exist, override <see cref="Derivatives"/>; where φ depends on time with jumps or kinks, override
/// <see cref="Breaks"/>.
/// Zhang, E, Wang (2018), equations 2 and 3.
/// </remarks>
public abstract class Potential : nn.Module
{
    /// <summary>Creates a potential on R^N.</summary>
    /// <param name="kind">Name of the family, as flow files carry it.</param>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected Potential(string kind, long dimension)
        : base(TorchRuntime.LoadedFor(kind))
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        Dimension = dimension;
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Transformations g with φ(gx, t) = φ(x, t), which the density of a flow then has as well; the trivial group where none is
    /// known.</summary>
    protected internal virtual SymmetryGroup Symmetry => new(Dimension);

    /// <summary>φ(x, t) of each row.</summary>
    /// <param name="x">Points, shape [B, N], of the type of the potential's parameters and on their device: a flow converts its points, a
    /// potential does not.</param>
    /// <param name="time">Flow time; a potential that does not depend on time ignores it.</param>
    /// <returns>Shape [B].</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device is wrong.</exception>
    public Tensor Value(Tensor x, double time = 0)
    {
        RequireOwnKind(x);
        return Evaluate(x, time);
    }

    /// <summary>∇φ(x, t) of each row.</summary>
    /// <param name="x">Points, shape [B, N], of the parameters' type.</param>
    /// <param name="time">Flow time.</param>
    /// <returns>Shape [B, N].</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device is wrong.</exception>
    public Tensor Gradient(Tensor x, double time = 0)
    {
        RequireOwnKind(x);
        using var scope = NewDisposeScope();
        return Derivatives(x, time, NoLaplacian.Instance, null).Gradient.MoveToOuterDisposeScope();
    }

    /// <summary>∇²φ(x, t) of each row, exactly.</summary>
    /// <param name="x">Points, shape [B, N], of the parameters' type.</param>
    /// <param name="time">Flow time.</param>
    /// <returns>Shape [B].</returns>
    /// <exception cref="ArgumentException">The shape, the type or the device is wrong.</exception>
    public Tensor Laplacian(Tensor x, double time = 0)
    {
        RequireOwnKind(x);
        using var scope = NewDisposeScope();
        return Derivatives(x, time, LaplacianEstimator.Exact, null).Laplacian.MoveToOuterDisposeScope();
    }

    /// <summary>φ(x, t) of each row, differentiable twice by x.</summary>
    /// <param name="x">Points, shape [B, N], checked.</param>
    /// <param name="time">Flow time; a potential that does not depend on time ignores it.</param>
    /// <returns>Shape [B].</returns>
    protected internal abstract Tensor Evaluate(Tensor x, double time);

    /// <summary>Velocity and divergence at once; by autograd unless a family knows a closed form.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="time">Flow time.</param>
    /// <param name="estimator">How to obtain ∇²φ; ignored where a closed form is known.</param>
    /// <param name="probes">Random probes of this solve, or null.</param>
    protected internal virtual PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        ArgumentNullException.ThrowIfNull(estimator);
        using var scope = NewDisposeScope();
        var record = is_grad_enabled();
        PotentialDerivatives result;
        using (GradientMode.Recording())
        {
            var point = record && x.requires_grad ? x : x.detach().clone().requires_grad_();
            var value = Evaluate(point, time);
            var gradient = LaplacianEstimator.Derivative(value, point, ones_like(value), createGraph: true);
            result = (gradient, estimator.Estimate(gradient, point, probes, record));
        }

        return record
            ? new(result.Gradient.MoveToOuterDisposeScope(), result.Laplacian.MoveToOuterDisposeScope())
            : new(result.Gradient.detach().MoveToOuterDisposeScope(), result.Laplacian.detach().MoveToOuterDisposeScope());
    }

    /// <summary>Times t in (0, T) at which φ(x, t) jumps or has a kink: the flow cuts its steps there, and no stage sees the other
    /// side.</summary>
    /// <param name="horizon">T of the flow.</param>
    /// <returns>Those of the potentials that are registered as modules of this one, unless a potential says otherwise.</returns>
    protected internal virtual IReadOnlyList<double> Breaks(double horizon) => [.. Inner.SelectMany(inner => inner.Breaks(horizon))];

    /// <summary>The horizon T that the potential is made for; null where any will do. A flow of another horizon is refused.</summary>
    /// <value>That of the potentials that are registered as modules of this one, unless a potential says otherwise.</value>
    protected internal virtual double? Horizon => Inner.Select(inner => inner.Horizon).FirstOrDefault(horizon => horizon is not null);

    /// <summary>Every tensor besides x that φ depends on and that may be trained: the registered parameters, unless a potential says
    /// otherwise.</summary>
    protected internal virtual IReadOnlyList<Tensor> DependsOn => [.. parameters()];

    /// <summary>Sizes [k, n] of the largest matrix that the transport multiplies by; null where it forms no such products.</summary>
    internal virtual (long Inner, long Outer)? LargestProduct => Inner.Select(inner => inner.LargestProduct).Max();

    /// <summary>Number of rows that the potential holds a context for; null where it has none.</summary>
    internal virtual long? Rows => null;

    /// <summary>Whether φ depends on random group elements.</summary>
    internal virtual bool IsSampled => false;

    /// <summary>The potential that holds between two times without a break in between, in a form that solves fastest.</summary>
    /// <param name="start">Where the stretch begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="seed">Seed of what is sampled; null for the potential's own.</param>
    internal virtual Potential Between(double start, double end, ulong? seed) => this;

    /// <summary>The units that the potential is a sum of, where they are its own to change; null where it is none.</summary>
    internal virtual IUnitPotential? OwnUnits => null;

    /// <summary>The potential for some of its rows; the same one where it has no context.</summary>
    /// <param name="rows">Row numbers, int64.</param>
    internal virtual Potential OfRows(Tensor rows) => this;

    /// <summary>Carries points along a piece of time without breaks: dx/dt = ∇φ, d ln p/dt = -∇²φ.</summary>
    /// <param name="start">Points and integrals at the piece's start.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="solve">How to solve.</param>
    internal virtual PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var field = new PotentialField(this, piece, solve.Laplacian, solve.ProbesFor(start.X), solve.WithKineticEnergy);
        var end = solve.Along(field, start.X, piece);
        return start.After(end.X, end.Integrals[0], solve.WithKineticEnergy ? end.Integrals[1] : null, piece).MoveToOuterDisposeScope();
    }

    /// <summary>The same with the score ∇ ln p carried along, in a closed form; null where there is none. The score is never
    /// differentiable, the points only in a solve that records the path.</summary>
    /// <param name="start">Points and integrals at the piece's start.</param>
    /// <param name="score">∇ ln p there, shape [B, N].</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="solve">How to solve.</param>
    internal virtual (PathState State, Tensor Score)? TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve) => null;

    /// <summary>Whether points that are carried along with their scores can be differentiated in the same solve.</summary>
    /// <param name="integrator">Method of the solve.</param>
    internal virtual bool RecordsPath(Integrator integrator) => false;

    /// <summary>What a flow file keeps of this potential: override it to make a family of your own storable.</summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    protected internal virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a potential that can be stored, got {GetType().Name}; "
        + "override Potential.Store, and register a reader with Kinds.Register.");

    private IEnumerable<Potential> Inner => children().OfType<Potential>();

    /// <summary>Requires points of the type of what φ depends on, and on its device.</summary>
    private void RequireOwnKind(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        if (DependsOn.FirstOrDefault(tensor => tensor.is_floating_point()) is not { } own)
        {
            return;
        }

        if (x.dtype != own.dtype)
        {
            throw new ArgumentException(
                $"Expected points of type {own.dtype}, which {GetType().Name} has, got {x.dtype}; convert them with "
                + $"x.to(ScalarType.{own.dtype}), or the potential with potential.to(ScalarType.{x.dtype}).", nameof(x));
        }

        if (x.device.ToString() != own.device.ToString())
        {
            throw new ArgumentException(
                $"Expected points on the device of {GetType().Name}, {own.device}, got {x.device}; move them with x.to(...).", nameof(x));
        }
    }

    /// <summary>Registers a parameter with a copy of a tensor's numbers.</summary>
    /// <remarks>
    /// It is read back with get_parameter: a field would go stale when the module moves to another type or device, since TorchSharp finds
    /// fields by the registered name.
    /// </remarks>
    private protected void Own(string name, Tensor source) => register_parameter(name, OwnedParameter.Of(source));

    /// <summary>Stands in for an estimator where only the gradient is asked for.</summary>
    private sealed class NoLaplacian : LaplacianEstimator
    {
        public static readonly NoLaplacian Instance = new();

        protected internal override Tensor? DrawProbes(Tensor x, Generator? generator) => null;

        protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph) =>
            zeros(x.shape[0], x.dtype, x.device);
    }
}
