using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>A generative model with tractable likelihood: a potential φ drives a fluid, dx/dt = ∇φ, d ln p/dt = -∇²φ, from a standard normal at t = 0 to the model at t = T.</summary>
/// <remarks>
/// Zhang, E, Wang, "Monge-Ampère Flow for Generative Modeling" (2018), equations 2 and 3. Points are rows [B, N], log-densities [B] in nats.
/// Inputs are converted to the potential's type and device. Several threads may score at once, but not while one trains. Disposing meanwhile waits for none: the last frees the memory.
/// </remarks>
public sealed class MongeAmpereFlow : IDisposable
{
    private readonly SharedUse _uses;

    /// <summary>Creates a flow that owns its potential.</summary>
    /// <param name="potential">φ, disposed with the flow.</param>
    /// <param name="options">Horizon, depth and method; defaults when null.</param>
    /// <param name="finalMap">A map after the transport, disposed with the flow; null for none.</param>
    /// <exception cref="ArgumentException">Potential and map have different dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public MongeAmpereFlow(Potential potential, MongeAmpereFlowOptions? options = null, FinalMap? finalMap = null)
    {
        ArgumentNullException.ThrowIfNull(potential);
        Options = options ?? new();
        Options.Validate();
        if (finalMap is not null && finalMap.Dimension != potential.Dimension)
        {
            throw new ArgumentException($"Expected a final map on {potential.Dimension} coordinates, as the potential has, got one on {finalMap.Dimension}.", nameof(finalMap));
        }

        (Potential, FinalMap) = (potential, finalMap);
        _uses = new(potential, finalMap);
    }

    private MongeAmpereFlow(MongeAmpereFlow other, MongeAmpereFlowOptions options) => (Potential, FinalMap, Options, _uses) = (other.Potential, other.FinalMap, options, other._uses);

    /// <summary>The map after the transport, or null.</summary>
    public FinalMap? FinalMap { get; }

    /// <summary>φ.</summary>
    public Potential Potential { get; }

    /// <summary>Horizon, depth and method.</summary>
    public MongeAmpereFlowOptions Options { get; private set; }

    /// <summary>Number of coordinates N.</summary>
    public long Dimension => Potential.Dimension;

    /// <summary>Number of steps that a solve takes: of K pieces, K⌈d/K⌉.</summary>
    public int Depth => Potential is PiecewisePotential { Parts.Count: var parts } ? checked(parts * (int)(((long)Options.Depth + parts - 1) / parts)) : Options.Depth;

    /// <summary>The same flow at another depth, not to be disposed.</summary>
    /// <param name="depth">Number of steps d, at least 1.</param>
    public MongeAmpereFlow At(int depth)
    {
        var flow = new MongeAmpereFlow(this, Options with { Depth = depth });
        flow.Options.Validate();
        return new(flow, flow.Options with { Depth = flow.Depth });
    }

    /// <summary>Number of trainable numbers.</summary>
    public long ParameterCount => NamedParameters().Sum(parameter => parameter.Parameter.numel());

    /// <summary>Log-density of each row: ln p(x, T) = ln N(z) - ∫₀ᵀ ∇²φ dt, integrating backwards from T to 0.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <param name="generator">Probes of a stochastic Laplacian; null when it is exact.</param>
    /// <returns>Shape [B], in nats. Zhang, E, Wang (2018), equation 6.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public Tensor LogProb(Tensor x, int? depth = null, double? horizon = null, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        return Encode(x, depth, horizon, generator).LogProb.MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes of each row, with the row's log-density.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <param name="generator">Probes of a stochastic Laplacian; null when it is exact.</param>
    /// <returns>X: latent codes z [B, N], standard normal under the model; LogProb: ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public FlowState Encode(Tensor x, int? depth = null, double? horizon = null, Generator? generator = null)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        return Backwards(Prepare(x), Grid(depth, horizon), Options.Scheme, generator).MoveToOuterDisposeScope();
    }

    /// <summary>Latent codes and log-densities to a stated tolerance: each row is integrated at the depth it needs.</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="rule">Tolerance and largest depth.</param>
    /// <returns>The same as <see cref="Encode"/> within the tolerance, with the depth, the estimated error and the cost. Not differentiable.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public ToleranceSolution EncodeToTolerance(Tensor x, DepthDoubling rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        using var use = _uses.Begin(this);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return rule.Solve(
            (rows, depth) =>
            {
                var end = Backwards(rows, Grid(depth, null), Exact, null);
                return (end.X, end.LogProb);
            },
            Prepare(x), Options.Scheme.Tableau.Order, At(DepthDoubling.FirstDepth).Depth).MoveToOuterDisposeScope();
    }

    /// <summary>Maps latent codes to the model: the inverse of <see cref="Encode"/>.</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <param name="generator">Probes of a stochastic Laplacian; null when it is exact.</param>
    /// <returns>X: points x [B, N]; LogProb: ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentException">The shape is wrong.</exception>
    public FlowState Decode(Tensor z, int? depth = null, double? horizon = null, Generator? generator = null)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        var latent = Prepare(z);
        var end = Potential.Transport(new(latent, StandardNormal.LogProb(latent)), Grid(depth, horizon), Options.Scheme, generator);
        return (FinalMap is null ? end : FinalMap.Apply(end)).MoveToOuterDisposeScope();
    }

    /// <summary>Draws points from the model with their log-densities.</summary>
    /// <param name="count">Number of points B, at least 1.</param>
    /// <param name="generator">Source of the latent codes.</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <returns>X: points [B, N]; LogProb: ln p(x, T) [B] in nats.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one point.</exception>
    public FlowState Sample(long count, Generator generator, int? depth = null, double? horizon = null)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        var (dtype, device) = Placement();
        return Decode(StandardNormal.Sample(count, Dimension, generator, dtype, device), depth, horizon, generator).MoveToOuterDisposeScope();
    }

    /// <summary>The states that a point passes on its way from the model (t = T) to the Gaussian (t = 0).</summary>
    /// <param name="x">Points, shape [B, N].</param>
    /// <param name="snapshots">Number of intervals, from 1 to the depth; the result has one state more.</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <returns>States from t = T to t = 0; LogProb is ln p(x(t), t), the fluid's density at that time, with the exact Laplacian. Figure 3b of the paper shows them. A final map is undone before the first state.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More snapshots than steps.</exception>
    public IReadOnlyList<FlowState> EncodeTrajectory(Tensor x, int snapshots, int? depth = null, double? horizon = null)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        var (point, grid) = (Prepare(x), Grid(depth, horizon));
        return Trajectory(Undo(new(point, Backwards(point, grid, Exact, null).LogProb)), grid.Reversed(), snapshots);
    }

    /// <summary>The states that a latent code passes on its way from the Gaussian (t = 0) to the model (t = T).</summary>
    /// <param name="z">Latent codes, shape [B, N].</param>
    /// <param name="snapshots">Number of intervals, from 1 to the depth; the result has one state more.</param>
    /// <param name="depth">Number of steps; the flow's own when null.</param>
    /// <param name="horizon">Time horizon; the flow's own when null.</param>
    /// <returns>States from t = 0 to t = T; LogProb is ln p(x(t), t), with the exact Laplacian. A final map is not applied.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More snapshots than steps.</exception>
    public IReadOnlyList<FlowState> DecodeTrajectory(Tensor z, int snapshots, int? depth = null, double? horizon = null)
    {
        using var use = _uses.Begin(this);
        using var scope = NewDisposeScope();
        var latent = Prepare(z);
        return Trajectory(new(latent, StandardNormal.LogProb(latent)), Grid(depth, horizon), snapshots);
    }

    /// <summary>Writes the flow as one safetensors file, a density model without preprocessing; an earlier file survives any failure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="depth">Depth that the file states, for instance the one a depth guard chose; the flow's own when null.</param>
    /// <exception cref="IOException">The disk is full or read-only.</exception>
    /// <exception cref="NotSupportedException">The potential or the final map does not say how it is stored.</exception>
    public void Save(string path, int? depth = null)
    {
        using var chain = PreprocessingChain.Restore([]);
        using var file = FlowFormat.Encode(chain, this, depth ?? Options.Depth);
        file.Save(path);
    }

    /// <summary>Reads a flow that <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">The file is damaged, or holds a density model with preprocessing, which DensityModel.Load reads.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MongeAmpereFlow Load(string path)
    {
        var model = DensityModel.Load(path);
        if (model.Preprocessing.Transforms.Count == 0)
        {
            return model.Flow;
        }

        model.Dispose();
        throw new FormatException("Expected a flow without preprocessing, got a density model with it; read the file with DensityModel.Load.");
    }

    /// <summary>Disposes the potential and the final map.</summary>
    public void Dispose() => _uses.Dispose();

    /// <summary>Everything that training changes, by name.</summary>
    internal IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> NamedParameters() =>
        [.. Potential.named_parameters(), .. FinalMap?.named_parameters().Select(parameter => ($"final.{parameter.name}", parameter.parameter)) ?? []];

    /// <summary>The same potential and final map under another scheme; it is not to be disposed besides this flow.</summary>
    internal MongeAmpereFlow WithScheme(TransportScheme scheme) => new(this, Options with { Scheme = scheme });

    /// <summary>Changes the depth that operations take where none is given.</summary>
    internal void Refine(int depth) => Options = Options with { Depth = depth };

    /// <summary>Moves all parameters to a device.</summary>
    internal void MoveTo(Device device)
    {
        Potential.to(device);
        FinalMap?.to(device);
    }

    /// <summary>The scheme of results that consist of several solves, whose probes would not belong together.</summary>
    private TransportScheme Exact => Options.Scheme with { Laplacian = LaplacianEstimator.Exact };

    internal (ScalarType Type, Device Device) Placement() =>
        Potential.parameters().FirstOrDefault() is { } parameter ? (parameter.dtype, parameter.device) : (ScalarType.Float32, CPU);

    private FlowState Backwards(Tensor point, TimeGrid grid, TransportScheme scheme, Generator? generator)
    {
        using var scope = NewDisposeScope();
        // Backwards from T the transport accumulates ln p(z) - ln p(x) = +∫ ∇²φ dt; the base density fixes the constant.
        var zero = zeros(point.shape[0], point.dtype, point.device);
        var end = Potential.Transport(Undo(new(point, zero)), grid.Reversed(), scheme, generator);
        return new FlowState(end.X, StandardNormal.LogProb(end.X).sub(end.LogProb)).MoveToOuterDisposeScope();
    }

    private List<FlowState> Trajectory(FlowState start, TimeGrid grid, int snapshots)
    {
        using var scope = NewDisposeScope();
        var states = new List<FlowState> { new(start.X.alias(), start.LogProb.alias()) };
        foreach (var part in grid.Split(snapshots))
        {
            states.Add(Potential.Transport(states[^1], part, Exact));
        }

        // Out of this scope and out of the caller's, which holds only temporaries.
        return [.. states.Select(state => state.MoveToOuterDisposeScope().MoveToOuterDisposeScope())];
    }

    private FlowState Undo(FlowState state) => FinalMap is null ? state : FinalMap.Undo(state);

    private TimeGrid Grid(int? depth, double? horizon)
    {
        TensorChecks.RequireAtLeast(horizon ?? Options.Horizon, double.Epsilon, nameof(horizon));
        return new TimeGrid(0, horizon ?? Options.Horizon, depth ?? Options.Depth);
    }

    private Tensor Prepare(Tensor x)
    {
        TensorChecks.RequirePoints(x, Dimension);
        if (!Potential.parameters().Any())
        {
            return x.alias();
        }

        var (dtype, device) = Placement();
        return x.to(dtype, device).alias();
    }
}
