using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>A time-dependent potential, constant on each of K equal parts of the horizon: φ(x, t) = φ_k(x) for (k-1)T/K ≤ t &lt; kT/K.</summary>
/// <remarks>
/// A fixed potential can stall where the fluid has to change direction; with K of them the flow is a composition of K flows, each transported as its own family knows best.
/// No Runge-Kutta step crosses a jump, so the order of the method is kept. Before 0 the first part holds, after T the last.
/// Zhang, E, Wang (2018), section 6, names potentials that depend on time as the next step.
/// </remarks>
public sealed class PiecewisePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    public const string Kind = "piecewise";

    private const int MostParts = 1 << 10;
    private readonly Potential[] _parts;
    private SymmetryGroup? _symmetry;

    /// <summary>Joins potentials, which are disposed with this one.</summary>
    /// <param name="horizon">T, positive: the horizon of the flow.</param>
    /// <param name="parts">φ_1 to φ_K, at least one, all of one dimension; none may be piecewise itself.</param>
    /// <exception cref="ArgumentException">No part, parts of different dimensions, one that is listed twice, or a piecewise one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is not positive.</exception>
    public PiecewisePotential(double horizon, IReadOnlyList<Potential> parts)
        : base(Kind, CheckedDimension(parts))
    {
        TensorChecks.RequireAtLeast(horizon, double.Epsilon);
        (Horizon, _parts) = (horizon, [.. parts]);
        for (var k = 0; k < _parts.Length; k++)
        {
            register_module($"part{k}", _parts[k]);
        }
    }

    /// <summary>T.</summary>
    public double Horizon { get; }

    /// <summary>φ_1 to φ_K.</summary>
    public IReadOnlyList<Potential> Parts => _parts;

    /// <inheritdoc/>
    public override Tensor Value(Tensor x, double time = 0) => At(time).Value(x, time);

    /// <inheritdoc/>
    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
        At(time).Derivatives(x, time, estimator, probes);

    /// <summary>The group of the generators that every part has.</summary>
    public override SymmetryGroup Symmetry => _symmetry ??= Shared([.. _parts.Select(part => part.Symmetry)]);

    /// <summary>Carries points and log-densities through one part after the other; each gets its share of the steps, and at least one.</summary>
    /// <inheritdoc path="/param"/>
    public override FlowState Transport(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator = null) =>
        Walk(state, grid, (part, start, piece) => part.Transport(start, piece, scheme, generator));

    /// <inheritdoc/>
    internal override FlowState TransportPlainly(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator) =>
        Walk(state, grid, (part, start, piece) => part.TransportPlainly(start, piece, scheme, generator));

    /// <inheritdoc/>
    public override StoredComponent Store()
    {
        var stored = _parts.Select(part => part.Store()).ToList();
        return new(
            Kind,
            new JsonObject
            {
                ["horizon"] = Horizon,
                ["parts"] = new JsonArray([.. stored.Select(part => (JsonNode)new JsonObject { ["kind"] = part.Kind, ["options"] = part.Options })]),
            },
            stored.SelectMany((part, k) => part.Tensors.Select(tensor => (Name: $"{k}.{tensor.Key}", tensor.Value))).ToDictionary(tensor => tensor.Name, tensor => tensor.Value));
    }

    /// <summary>Rebuilds a potential from a flow file.</summary>
    /// <param name="stored">The file's content.</param>
    /// <param name="read">Reader of the parts.</param>
    /// <exception cref="FormatException">The stored parts are no such potential.</exception>
    internal static PiecewisePotential Restore(StoredComponent stored, Func<StoredComponent, Potential> read)
    {
        var parts = new List<Potential>();
        try
        {
            if (stored.Options["parts"] is not JsonArray { Count: > 0 and <= MostParts } listed || listed.Any(part => part?["kind"]?.GetValue<string>() is null or Kind))
            {
                throw new FormatException($"Expected 1 to {MostParts} parts of other kinds in the stored {Kind} potential; the file is damaged.");
            }

            for (var k = 0; k < listed.Count; k++)
            {
                parts.Add(read(StoredComponent.Within(stored.Tensors, $"{k}.", listed[k]!)));
            }

            return new(stored.Option<double>("horizon"), parts);
        }
        catch
        {
            parts.ForEach(part => part.Dispose());
            throw;
        }
    }

    private FlowState Walk(FlowState state, TimeGrid grid, Func<Potential, FlowState, TimeGrid, FlowState> transport)
    {
        ArgumentNullException.ThrowIfNull(grid);
        TensorChecks.RequirePoints(state.X, Dimension);
        using var scope = NewDisposeScope();
        var jumps = Enumerable.Range(1, _parts.Length - 1).Select(k => Horizon * k / _parts.Length);
        foreach (var piece in grid.CutAt(jumps))
        {
            state = transport(At((piece.Start + piece.End) / 2), state, piece);
        }

        return state.MoveToOuterDisposeScope();
    }

    /// <summary>The part that holds at a time.</summary>
    private Potential At(double time) => _parts[(int)Math.Clamp(Math.Floor(time * _parts.Length / Horizon), 0, _parts.Length - 1)];

    private static SymmetryGroup Shared(IReadOnlyList<SymmetryGroup> groups)
    {
        var shared = groups[0].Generators.Where(element => groups.All(group => group.Generators.Contains(element))).ToList();
        return shared.Count == groups[0].Generators.Count ? groups[0] : new(groups[0].Dimension, shared);
    }

    private static long CheckedDimension(IReadOnlyList<Potential> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count is 0 or > MostParts || parts.Any(part => part is null or PiecewisePotential) || parts.Distinct().Count() != parts.Count)
        {
            throw new ArgumentException($"Expected 1 to {MostParts} different potentials, none of them null or piecewise, got {parts.Count}.", nameof(parts));
        }

        return parts.Select(part => part.Dimension).Distinct().Count() == 1
            ? parts[0].Dimension
            : throw new ArgumentException($"Expected parts of one dimension, got {string.Join(", ", parts.Select(part => part.Dimension))}.", nameof(parts));
    }
}
