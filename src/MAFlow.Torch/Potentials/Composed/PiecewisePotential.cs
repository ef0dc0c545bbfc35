using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>A time-dependent potential, constant on each of K equal parts of the horizon: φ(x, t) = φ_k(x) for
/// (k-1)T/K ≤ t &lt; kT/K.</summary>
/// <remarks>
/// A fixed potential can stall where the fluid has to change direction; with K of them the flow is a composition of K flows, each
/// transported as its own family knows best.
/// No Runge-Kutta step crosses a jump, so the order of the method is kept. Before 0 the first part holds, after T the last.
/// Zhang, E, Wang (2018), section 6, names potentials that depend on time as the next step.
/// </remarks>
public sealed class PiecewisePotential : Potential
{
    /// <summary>Name of this family in flow files.</summary>
    internal const string Kind = "piecewise";

    private const int MaxParts = 1 << 10;
    private readonly double _horizon;
    private readonly Potential[] _parts;
    private readonly Lazy<SymmetryGroup> _symmetry;

    /// <summary>Joins potentials, which are disposed with this one.</summary>
    /// <param name="horizon">T, positive: the horizon of the flow.</param>
    /// <param name="parts">φ_1 to φ_K, at least one, all of one dimension.</param>
    /// <exception cref="ArgumentException">No part, parts of different dimensions, one that is listed twice, or one made for another
    /// horizon.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is not positive.</exception>
    public PiecewisePotential(double horizon, IReadOnlyList<Potential> parts)
        : base(Kind, CheckedDimension(parts))
    {
        TensorChecks.RequireAtLeast(horizon, double.Epsilon);
        RequireHorizon(horizon, parts.Select(part => part.Horizon));
        (_horizon, _parts, _symmetry) = (horizon, [.. parts], new(SharedSymmetry));
        for (var k = 0; k < _parts.Length; k++)
        {
            register_module($"part{k}", _parts[k]);
        }
    }

    /// <summary>T.</summary>
    protected internal override double? Horizon => _horizon;

    /// <summary>φ_1 to φ_K.</summary>
    internal IReadOnlyList<Potential> Parts => _parts;

    /// <inheritdoc/>
    protected internal override IReadOnlyList<Tensor> DependsOn => [.. _parts.SelectMany(part => part.DependsOn)];

    /// <summary>The ends kT/K of the parts, and the breaks of the parts themselves.</summary>
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon) =>
        [
            .. Enumerable.Range(1, _parts.Length - 1).Select(k => _horizon * k / _parts.Length),
            .. _parts.SelectMany(part => part.Breaks(_horizon)),
        ];

    /// <summary>The group of the generators that every part has.</summary>
    protected internal override SymmetryGroup Symmetry => _symmetry.Value;

    /// <inheritdoc/>
    internal override long? Rows => _parts.Select(part => part.Rows).FirstOrDefault(rows => rows is not null);

    /// <inheritdoc/>
    internal override bool IsSampled => _parts.Any(part => part.IsSampled);

    /// <inheritdoc/>
    internal override Potential Between(double start, double end, ulong? seed) => At((start + end) / 2).Between(start, end, seed);

    /// <inheritdoc/>
    internal override Potential OfRows(Tensor rows) =>
        Rows is null ? this : new PiecewisePotential(_horizon, [.. _parts.Select(part => part.OfRows(rows))]);

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time) => At(time).Evaluate(x, time);

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
        At(time).Derivatives(x, time, estimator, probes);

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("horizon", _horizon).WithChildren("parts", _parts.Select(part => part.Store()));

    internal static PiecewisePotential Restore(StoredComponent stored) =>
        new(stored.Option<double>("horizon"), stored.Children<Potential>("parts"));

    /// <summary>The part that holds at a time.</summary>
    private Potential At(double time) => _parts[(int)Math.Clamp(Math.Floor(time * _parts.Length / _horizon), 0, _parts.Length - 1)];

    private SymmetryGroup SharedSymmetry()
    {
        var groups = _parts.Select(part => part.Symmetry).ToList();
        var shared = groups[0].Generators
            .Where(element => groups.All(group => group.Generators.Contains(element, SymmetryElement.Comparer)))
            .ToList();
        return shared.Count == groups[0].Generators.Count ? groups[0] : new(Dimension, shared);
    }

    /// <exception cref="ArgumentException">A part is made for another horizon.</exception>
    internal static void RequireHorizon(double horizon, IEnumerable<double?> parts)
    {
        if (parts.FirstOrDefault(own => own is { } other && Math.Abs(other - horizon) > 1e-9 * horizon) is { } wrong)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Expected parts made for the horizon {horizon} of the whole, got one made for {wrong}; ")
                + "time runs from 0 to T in every part.",
                nameof(parts));
        }
    }

    private static long CheckedDimension(IReadOnlyList<Potential> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count is 0 or > MaxParts || parts.Any(part => part is null) || parts.Distinct().Count() != parts.Count)
        {
            throw new ArgumentException(
                $"Expected 1 to {MaxParts} different potentials, none of them null, got {parts.Count}.",
                nameof(parts));
        }

        return parts.Select(part => part.Dimension).Distinct().Count() == 1
            ? parts[0].Dimension
            : throw new ArgumentException(
                $"Expected parts of one dimension, got {string.Join(", ", parts.Select(part => part.Dimension))}.", nameof(parts));
    }
}
