using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A scalar potential φ(x, t): R^N -> R whose gradient is the velocity of the fluid.</summary>
/// <remarks>
/// A new potential states <see cref="Value"/>; gradient and Laplacian then come from autograd, and transport from the generic solver.
/// Where closed forms exist, override <see cref="Derivatives"/>; where the whole solve has a better form, override <see cref="Transport"/>.
/// Zhang, E, Wang (2018), equations 2 and 3.
/// </remarks>
public abstract class Potential : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates a potential on R^N.</summary>
    /// <param name="kind">Name of the family, as flow files carry it.</param>
    /// <param name="dimension">Number of coordinates N, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is below 1.</exception>
    protected Potential(string kind, long dimension)
        : base(kind)
    {
        TensorChecks.RequireAtLeast(dimension, 1);
        Dimension = dimension;
    }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension { get; }

    /// <summary>Transformations g with φ(gx, t) = φ(x, t), which the density of a flow then has as well; the trivial group where none is known.</summary>
    public virtual SymmetryGroup Symmetry => new(Dimension);

    /// <summary>φ(x, t) of each row.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="time">Flow time; a potential that does not depend on time ignores it.</param>
    /// <returns>Shape [B].</returns>
    public abstract Tensor Value(Tensor x, double time = 0);

    /// <summary>∇φ(x, t) of each row.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="time">Flow time.</param>
    /// <returns>Shape [B, N].</returns>
    public Tensor Gradient(Tensor x, double time = 0)
    {
        using var scope = NewDisposeScope();
        return Derivatives(x, time, NoLaplacian.Instance, null).Gradient.MoveToOuterDisposeScope();
    }

    /// <summary>∇²φ(x, t) of each row, exactly.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="time">Flow time.</param>
    /// <returns>Shape [B].</returns>
    public Tensor Laplacian(Tensor x, double time = 0)
    {
        using var scope = NewDisposeScope();
        return Derivatives(x, time, LaplacianEstimator.Exact, null).Laplacian.MoveToOuterDisposeScope();
    }

    /// <summary>Velocity and divergence at once; by autograd unless a family knows a closed form.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="time">Flow time.</param>
    /// <param name="estimator">How to obtain ∇²φ; ignored where a closed form is known.</param>
    /// <param name="probes">Random probes of this solve, or null.</param>
    public virtual PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        TensorChecks.RequirePoints(x, Dimension);
        ArgumentNullException.ThrowIfNull(estimator);
        using var scope = NewDisposeScope();
        var record = is_grad_enabled();
        PotentialDerivatives result;
        using (enable_grad())
        {
            var point = record && x.requires_grad ? x : x.detach().requires_grad_();
            var value = Value(point, time);
            var gradient = LaplacianEstimator.Derivative(value, point, ones_like(value), createGraph: true);
            result = new PotentialDerivatives(gradient, estimator.Estimate(gradient, point, probes, record));
        }

        return record
            ? new(result.Gradient.MoveToOuterDisposeScope(), result.Laplacian.MoveToOuterDisposeScope())
            : new(result.Gradient.detach().MoveToOuterDisposeScope(), result.Laplacian.detach().MoveToOuterDisposeScope());
    }

    /// <summary>Carries points and log-densities along a grid: dx/dt = ∇φ, d ln p/dt = -∇²φ.</summary>
    /// <param name="state">Points [B, N] and log-densities [B] at the grid's start.</param>
    /// <param name="grid">Times and steps.</param>
    /// <param name="scheme">Tableau and estimator.</param>
    /// <param name="generator">Source of the probes of a stochastic estimator; null when it is exact.</param>
    /// <returns>The state at the grid's end; differentiable when gradients are enabled.</returns>
    public virtual FlowState Transport(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        return TransportPlainly(state, grid, scheme, generator);
    }

    /// <summary>The same transport by plain tensor operations, which autograd differentiates any number of times.</summary>
    internal virtual FlowState TransportPlainly(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var probes = scheme.Laplacian.DrawProbes(state.X, generator);
        return ExplicitRungeKutta
            .Integrate((x, time) => Derivatives(x, time, scheme.Laplacian, probes), state, grid, scheme.Tableau)
            .MoveToOuterDisposeScope();
    }

    /// <summary>What a flow file keeps of this potential: override it to make a family of your own storable.</summary>
    /// <exception cref="NotSupportedException">The family does not say how it is stored.</exception>
    public virtual StoredComponent Store() => throw new NotSupportedException(
        $"Expected a potential that can be stored, got {GetType().Name}; override Potential.Store, and give DensityModel.Load a reader for its kind.");

    /// <summary>φ at time 0: the module's forward pass is <see cref="Value"/>.</summary>
    /// <param name="input">Points, shape [B, N].</param>
    public sealed override Tensor forward(Tensor input) => Value(input);

    /// <summary>A parameter with a copy of a tensor's numbers.</summary>
    private protected static Parameter Own(Tensor source)
    {
        using var detached = source.detach();
        return new(detached.clone().DetachFromDisposeScope());
    }

    /// <summary>Stands in for an estimator where only the gradient is asked for.</summary>
    private sealed class NoLaplacian : LaplacianEstimator
    {
        public static readonly NoLaplacian Instance = new();

        public override Tensor? DrawProbes(Tensor x, Generator? generator) => null;

        public override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph) => zeros(x.shape[0], x.dtype, x.device);
    }
}
