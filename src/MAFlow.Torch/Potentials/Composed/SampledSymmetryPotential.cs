using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>Any potential seen through one random group element per interval of flow time: φ(x, t) = φ₀(g_k x) for t in [kΔ, (k+1)Δ).</summary>
/// <remarks>
/// The paper's way to a symmetry too large to average over: what flows are symmetric on average, and each sequence of elements gives a density, so that F is a bound for each.
/// All stages of a Runge-Kutta step see the element at the middle of the step. Without a generator a solve uses the sequence of <see cref="Seed"/>; with one, a sequence drawn from it.
/// Element k depends on the sequence and k only: a solve backwards undoes the same elements in reverse order, and a finer depth refines the same flow. To undo a solve with a
/// generator, pass another one of the same seed. Zhang, E, Wang (2018), section 4.2.
/// </remarks>
public sealed class SampledSymmetryPotential : Potential
{
    private readonly Potential _inner;
    private readonly SymmetryGroup _group;

    /// <summary>Wraps a potential.</summary>
    /// <param name="inner">φ₀, disposed with this potential.</param>
    /// <param name="group">Where the elements are drawn from.</param>
    /// <param name="interval">Δ, positive; the step T/d of the flow for one element per step.</param>
    /// <param name="seed">The sequence of elements of solves without a generator.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive.</exception>
    public SampledSymmetryPotential(Potential inner, SymmetryGroup group, double interval, ulong seed = 1)
        : base("sampled-symmetry", inner is null ? throw new ArgumentNullException(nameof(inner)) : inner.Dimension)
    {
        ArgumentNullException.ThrowIfNull(group);
        TensorChecks.RequireAtLeast(interval, double.Epsilon);
        if (group.Dimension != inner.Dimension)
        {
            throw new ArgumentException($"Expected a group acting on {inner.Dimension} coordinates, as the potential does, got one acting on {group.Dimension}.", nameof(group));
        }

        (_inner, _group, Interval, Seed) = (inner, group, interval, seed);
        register_module("inner", inner);
    }

    /// <summary>Δ.</summary>
    public double Interval { get; }

    /// <summary>The sequence of elements of solves without a generator.</summary>
    public ulong Seed { get; }

    /// <summary>What of φ₀'s symmetry commutes with every element, and so belongs to each sequence.</summary>
    public override SymmetryGroup Symmetry =>
        new(Dimension, [.. _inner.Symmetry.Generators.Where(own => _group.Generators.All(element => own.After(element).Equals(element.After(own))))]);

    /// <summary>The element g_k of an interval.</summary>
    /// <param name="time">A time inside the interval.</param>
    /// <param name="seed">The sequence; <see cref="Seed"/> when null.</param>
    public SymmetryElement ElementAt(double time, ulong? seed = null)
    {
        var interval = (long)Math.Floor(time / Interval);
        // Multiplied by an odd constant, so that neighbouring intervals and neighbouring seeds do not share elements.
        using var generator = new Generator(unchecked((seed ?? Seed) ^ ((ulong)interval * 0x9E3779B97F4A7C15UL)));
        return _group.Draw(generator);
    }

    /// <inheritdoc/>
    public override Tensor Value(Tensor x, double time = 0)
    {
        using var scope = NewDisposeScope();
        return _inner.Value(ElementAt(time).Apply(x), time).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        using var scope = NewDisposeScope();
        var element = ElementAt(time);
        // vᵀ∇²φ v = (gv)ᵀ∇²φ₀(gx)(gv).
        var movedProbes = probes is null ? null : stack([.. probes.unbind(0).Select(element.Apply)]);
        var (gradient, laplacian) = _inner.Derivatives(element.Apply(x), time, estimator, movedProbes);
        return new(element.Inverse().Apply(gradient).MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }

    /// <summary>Carries points and log-densities along a grid, those of each interval through its element and in the way φ₀ prefers.</summary>
    /// <inheritdoc path="/param"/>
    public override FlowState Transport(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator = null) =>
        ByIntervals(state, grid, generator, (start, part) => _inner.Transport(start, part, scheme, generator));

    /// <inheritdoc/>
    internal override FlowState TransportPlainly(FlowState state, TimeGrid grid, TransportScheme scheme, Generator? generator) =>
        ByIntervals(state, grid, generator, (start, part) => _inner.TransportPlainly(start, part, scheme, generator));

    private FlowState ByIntervals(FlowState state, TimeGrid grid, Generator? generator, Func<FlowState, TimeGrid, FlowState> carry)
    {
        ArgumentNullException.ThrowIfNull(grid);
        TensorChecks.RequirePoints(state.X, Dimension);
        using var scope = NewDisposeScope();
        var seed = generator is null ? Seed : NextSeed(generator);
        var (x, logProb) = (state.X.alias(), state.LogProb.alias());
        for (var (first, next) = (0, 0); first < grid.Depth; first = next)
        {
            for (next = first + 1; next < grid.Depth && IntervalOf(grid, next) == IntervalOf(grid, first); next++)
            {
            }

            using var part = NewDisposeScope();
            var element = ElementAt(Middle(grid, first), seed);
            var end = carry(new(element.Apply(x), logProb), new TimeGrid(grid.TimeAt(first), grid.TimeAt(next), next - first));
            (x, logProb) = (element.Inverse().Apply(end.X).MoveToOuterDisposeScope(), end.LogProb.MoveToOuterDisposeScope());
        }

        return new FlowState(x, logProb).MoveToOuterDisposeScope();
    }

    private double IntervalOf(TimeGrid grid, int step) => Math.Floor(Middle(grid, step) / Interval);

    private static double Middle(TimeGrid grid, int step) => (grid.TimeAt(step) + grid.TimeAt(step + 1)) / 2;

    private static ulong NextSeed(Generator generator)
    {
        using var seed = randint(0, long.MaxValue, [1], dtype: int64, generator: generator);
        return (ulong)seed.item<long>();
    }
}
