using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A generative model with tractable likelihood: a potential φ drives a fluid, dx/dt = ∇φ, d ln p/dt = -∇²φ, from a standard
/// normal at t = 0 to the model at t = T.</summary>
/// <remarks>
/// Zhang, E, Wang, "Monge-Ampère Flow for Generative Modeling" (2018), equations 2 and 3. Points are rows [B, N], log-densities [B] in
/// nats. Inputs are converted to the potential's type and device.
/// LogProb, Encode and Decode are recorded for autograd, which takes memory for every stage: score large sets inside torch.no_grad(), or
/// with a <see cref="DensityModel"/>.
/// LogProb, Encode and Decode answer NaN or infinity in rows whose solve leaves the range of its numbers; Sample throws then.
/// Several threads may score at once, but not while one trains. Dispose may be called while other threads score; memory is freed when the
/// last call returns.
/// </remarks>
public sealed class MongeAmpereFlow : IDisposable
{
    private readonly SharedUse _uses;
    private MongeAmpereFlowOptions _options;

    /// <summary>Creates a flow that owns its potential.</summary>
    /// <param name="potential">φ, disposed with the flow.</param>
    /// <param name="options">Horizon, depth and method; defaults when null.</param>
    /// <param name="bijection">A map at the end of the flow, x = bijection.Inverse(x(T)), disposed with the flow; null for none.</param>
    /// <exception cref="ArgumentException">The potential is made for another dimension or another horizon.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public MongeAmpereFlow(Potential potential, MongeAmpereFlowOptions? options = null, Bijection? bijection = null)
        : this(potential, options, bijection, new SharedUse(potential, bijection))
    {
    }

    /// <param name="potential">φ.</param>
    /// <param name="options">Horizon, depth and method; defaults when null.</param>
    /// <param name="bijection">A map at the end of the flow; null for none.</param>
    /// <param name="uses">What is disposed with the flow.</param>
    internal MongeAmpereFlow(Potential potential, MongeAmpereFlowOptions? options, Bijection? bijection, SharedUse uses)
    {
        ArgumentNullException.ThrowIfNull(potential);
        _options = (options ?? new()).For(potential);
        if (bijection?.Dimension is { } dimension && dimension != potential.Dimension)
        {
            throw new ArgumentException(
                $"Expected a bijection on {potential.Dimension} coordinates, as the potential has, got one on {dimension}.",
                nameof(bijection));
        }

        (Potential, Bijection, _uses) = (potential, bijection, uses);
    }

    /// <summary>φ.</summary>
    public Potential Potential { get; }

    /// <summary>The map at the end of the flow, or null.</summary>
    public Bijection? Bijection { get; }

    /// <summary>Horizon, depth and method: a copy, so that changing it changes no flow; use <see cref="At"/>.</summary>
    public MongeAmpereFlowOptions Options => _options with { };

    /// <summary>Number of coordinates N.</summary>
    public long Dimension => Potential.Dimension;

    /// <summary>Number of steps that a solve takes: K·⌈d/K⌉ for the depth d asked for and the K pieces between the potential's
    /// breaks.</summary>
    public int Depth => Grid().Depth;

    /// <summary>Number of trainable numbers.</summary>
    public long ParameterCount => NamedParameters().Sum(parameter => parameter.Parameter.numel());

    /// <summary>The same flow at another depth. It shares everything with this one, and is not to be disposed.</summary>
    /// <param name="depth">Depth d asked for, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The depth is below 1.</exception>
    public MongeAmpereFlow At(int depth)
    {
        TensorChecks.RequireAtLeast(depth, 1);
        return With(_options with { Depth = depth });
    }

    /// <summary>Log-density of each row: ln p(x, T) = ln N(z) - ∫₀ᵀ ∇²φ dt, integrating backwards from T to 0.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="generator">Probes of a stochastic Laplacian and sampled group elements; null where nothing is random.</param>
    /// <returns>Shape [B], in nats. Zhang, E, Wang (2018), equation 6.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor LogProb(Tensor x, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        return this.EncodeFully(x, generator).LogProb.MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes of each row, with the row's log-density.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="generator">Probes of a stochastic Laplacian and sampled group elements; null where nothing is random.</param>
    /// <returns>Latent codes z [B, N], and ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Encoded Encode(Tensor x, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        var solution = this.EncodeFully(x, generator);
        return new Encoded(solution.Points, solution.LogProb).MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes and log-densities to a stated tolerance: each row is integrated at the depth it needs, with the exact
    /// Laplacian. Not differentiable.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="tolerance">Largest estimated error of ln p in nats, positive.</param>
    /// <param name="maxDepth">Depth that is not exceeded; rows that would need more are marked in the result.</param>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public EncodedToTolerance EncodeToTolerance(Tensor x, double tolerance, int maxDepth = 1536)
    {
        using var use = Begin();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (flow, rule) = (With(Exact), new DepthDoubling(tolerance, maxDepth));
        var solution = rule.Solve(
            (numbers, rows, depth) =>
            {
                var solved = FlowSolver.For(flow.OfRows(numbers).At(depth), null).Encode(rows);
                return (solved.Points, solved.LogProb);
            },
            this.Prepare(x), _options.Integrator.Order, At(DepthDoubling.FirstDepth).Depth);
        return new(solution.MoveToOuterDisposeScope());
    }

    /// <summary>Maps latent codes to the model: the inverse of <see cref="Encode"/>.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="generator">Probes of a stochastic Laplacian and sampled group elements; null where nothing is random.</param>
    /// <returns>Points x [B, N], and ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public FlowState Decode(Tensor z, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        var solution = this.DecodeFully(z, generator);
        return new FlowState(solution.Points, solution.LogProb).MoveToOuterDisposeScope();
    }

    /// <summary>Draws points from the model with their log-densities. Nothing is recorded for autograd.</summary>
    /// <param name="count">Number of points B, at least 1.</param>
    /// <param name="generator">Source of the latent codes.</param>
    /// <returns>Points [B, N], and ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one point.</exception>
    /// <exception cref="InvalidOperationException">A solve diverged.</exception>
    public FlowState Sample(long count, Generator generator)
    {
        using var use = Begin();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (dtype, device) = Placement();
        var z = StandardNormal.Sample(count, Dimension, generator, dtype, device);
        var solution = FlowSolver.For(this, generator).Decode(this.Prepare(z));
        SolveChecks.RequireFinite("the drawn points and their log-densities", Depth, solution.Points, solution.LogProb);
        return new FlowState(solution.Points, solution.LogProb).MoveToOuterDisposeScope();
    }

    /// <summary>Kinetic energy ∫₀ᵀ |∇φ(x(t), t)|² dt of the path of each latent code: T times its mean bounds the squared Wasserstein
    /// distance W₂² from above.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <returns>Shape [B]. Benamou, Brenier (2000).</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor KineticEnergy(Tensor z)
    {
        using var scope = NewDisposeScope();
        return With(_options with { Laplacian = new NoLaplacian() }).DecodeFully(z, null, true).KineticEnergy!.MoveToOuterDisposeScope();
    }

    /// <summary>The states that a point passes on its way from the model (t = T) to the Gaussian (t = 0).</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="snapshots">Number of intervals, from 1 to the depth; the result has one state more.</param>
    /// <returns>States from t = T to t = 0, with the exact Laplacian. Figure 3b of the paper shows them. The bijection is undone before the
    /// first state.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More snapshots than steps.</exception>
    public IReadOnlyList<FlowState> EncodeTrajectory(Tensor x, int snapshots)
    {
        using var use = Begin();
        return new Trajectory(With(Exact)).Encode(x, snapshots);
    }

    /// <summary>The states that a latent code passes on its way from the Gaussian (t = 0) to the model (t = T).</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="snapshots">Number of intervals, from 1 to the depth; the result has one state more.</param>
    /// <returns>States from t = 0 to t = T, with the exact Laplacian. The bijection is not applied.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More snapshots than steps.</exception>
    public IReadOnlyList<FlowState> DecodeTrajectory(Tensor z, int snapshots)
    {
        using var use = Begin();
        return new Trajectory(With(Exact)).Decode(z, snapshots);
    }

    /// <summary>Writes the flow as a density model without preprocessing; an earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The disk is full or read-only.</exception>
    /// <exception cref="NotSupportedException">A part does not say how it is stored.</exception>
    public void Save(string path)
    {
        using var use = Begin();
        FlowFile.Save(this, path);
    }

    /// <summary>Reads a flow that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <exception cref="FormatException">The file is damaged, or holds a density model with preprocessing, which DensityModel.Load
    /// reads.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MongeAmpereFlow Load(string path, Device? device = null) => FlowFile.Load(path, device);

    /// <summary>Disposes potential and bijection.</summary>
    public void Dispose() => _uses.Dispose();

    /// <summary>Everything that training changes, by name.</summary>
    internal IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> NamedParameters() =>
        FlowParameters.Of(Potential, Bijection);

    /// <summary>The same flow under other options; it is not to be disposed besides this one.</summary>
    internal MongeAmpereFlow With(MongeAmpereFlowOptions options) => new(Potential, options, Bijection, _uses);

    /// <summary>The flow for some of the rows of its context; the same one where it has none.</summary>
    internal MongeAmpereFlow OfRows(Tensor rows) =>
        Potential.Rows is null ? this : new(Potential.OfRows(rows), _options, Bijection?.OfRows(rows), _uses);

    /// <summary>The same flow as rows are scored: by exact Laplacians, in full precision.</summary>
    internal MongeAmpereFlow ForScoring() => With(Exact with { Precision = Precision.Full });

    /// <summary>Changes the depth of this flow.</summary>
    internal void Refine(int depth) => _options = _options with { Depth = depth };

    /// <summary>Goes on with a precision that was chosen before.</summary>
    internal void Choose(Precision precision) => _options = _options.Choosing(precision);

    /// <summary>Moves all parameters to a device.</summary>
    internal void MoveTo(Device device)
    {
        Potential.to(device);
        Bijection?.to(device);
    }

    /// <summary>Type and device of the flow's numbers.</summary>
    internal (ScalarType Type, Device Device) Placement() =>
        Potential.DependsOn is [var parameter, ..] ? (parameter.dtype, parameter.device) : (ScalarType.Float32, CPU);

    /// <summary>Begins an operation on the flow, which ends when the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The flow has been disposed.</exception>
    internal SharedUse.Operation Begin() => _uses.Begin(this);

    /// <summary>Times and steps of a solve from t = 0 to t = T.</summary>
    internal TimeGrid Grid() => TimeGrid.Over(0, _options.Horizon, Potential.Breaks(_options.Horizon), _options.Depth);

    /// <summary>Options of results that consist of several solves, whose probes would not belong together.</summary>
    private MongeAmpereFlowOptions Exact => _options with { Laplacian = LaplacianEstimator.Exact };
}
