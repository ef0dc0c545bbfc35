using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>Any potential seen through one random group element per interval of flow time: φ(x, t) = φ₀(g_k x)
/// for t in [kΔ, (k+1)Δ).</summary>
/// <remarks>
/// The paper's way to a symmetry too large to average over. Flows are symmetric on average, and each sequence of elements gives a density,
/// so that F is a bound for each.
/// The intervals are breaks of the flow: every stage of a step sees one element. Without a generator a solve uses the sequence of
/// <see cref="Seed"/>; with one, a sequence drawn from it.
/// Element k depends on the sequence and k only: a solve backwards undoes the same elements in reverse order, and a finer depth refines the
/// same flow. To undo a solve with a generator, pass another one of the same seed. Zhang, E, Wang (2018), section 4.2.
/// </remarks>
public sealed class SampledSymmetryPotential : Potential
{
    internal const string Kind = "sampled-symmetry";
    private const int MaxIntervals = 1 << 16;
    // Numbers in the table of a group whose elements are listed; larger groups draw elements in their own way.
    private const long MaxTable = 1 << 22;
    private readonly Potential _inner;
    private readonly SymmetryGroup _group;
    private readonly double _interval;
    private readonly Lazy<IReadOnlyList<SymmetryElement>?> _elements;

    /// <summary>Wraps a potential.</summary>
    /// <param name="inner">φ₀, disposed with this potential.</param>
    /// <param name="group">Where the elements are drawn from.</param>
    /// <param name="interval">Δ, positive; the step T/d of the flow for one element per step.</param>
    /// <param name="seed">The sequence of elements of solves without a generator.</param>
    /// <exception cref="ArgumentException">The group acts on another number of coordinates.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive.</exception>
    public SampledSymmetryPotential(Potential inner, SymmetryGroup group, double interval, ulong seed = 1)
        : base(Kind, inner is null ? throw new ArgumentNullException(nameof(inner)) : inner.Dimension)
    {
        TensorChecks.RequireAtLeast(interval, double.Epsilon);
        SymmetrizedPotential.RequireSameDimension(inner, group);
        (_inner, _group, _interval, Seed) = (inner, group, interval, seed);
        _elements = new(ListedElements);
        register_module("inner", inner);
    }

    /// <summary>The sequence of elements of solves without a generator.</summary>
    internal ulong Seed { get; }

    /// <inheritdoc/>
    protected internal override IReadOnlyList<Tensor> DependsOn => _inner.DependsOn;

    /// <summary>What of φ₀'s symmetry commutes with every element, and so belongs to each sequence.</summary>
    protected internal override SymmetryGroup Symmetry =>
        new(
            Dimension,
            [.. _inner.Symmetry.Generators.Where(own => _group.Generators.All(element => own.After(element).Is(element.After(own))))]);

    /// <inheritdoc/>
    internal override long? Rows => _inner.Rows;

    /// <inheritdoc/>
    internal override bool IsSampled => true;

    /// <summary>The ends kΔ of the intervals, and the breaks of φ₀.</summary>
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon)
    {
        var intervals = Math.Ceiling((horizon / _interval) - 1e-9);
        TensorChecks.RequireOption(intervals, 0, MaxIntervals, "interval");
        return [.. Enumerable.Range(1, Math.Max(0, (int)intervals - 1)).Select(k => k * _interval), .. _inner.Breaks(horizon)];
    }

    /// <inheritdoc/>
    internal override Potential Between(double start, double end, ulong? seed) =>
        new TransformedPotential(_inner.Between(start, end, seed), ElementAt((start + end) / 2, seed));

    /// <inheritdoc/>
    internal override Potential OfRows(Tensor rows) =>
        Rows is null ? this : new SampledSymmetryPotential(_inner.OfRows(rows), _group, _interval, Seed);

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time) =>
        new TransformedPotential(_inner, ElementAt(time, null)).Evaluate(x, time);

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
        new TransformedPotential(_inner, ElementAt(time, null)).Derivatives(x, time, estimator, probes);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The group is too large to be listed, so that a file could not repeat its
    /// sequence.</exception>
    protected internal override StoredComponent Store() => _elements.Value is null
        ? throw new NotSupportedException(
            "Expected a group small enough to be listed, got one whose random elements a file cannot repeat; sample from a subgroup.")
        : _group.Store(new StoredComponent(Kind).With("interval", _interval).With("seed", Seed).WithChild("inner", _inner.Store()));

    internal static SampledSymmetryPotential Restore(StoredComponent stored)
    {
        var inner = stored.Child<Potential>("inner");
        return new(inner, SymmetryGroup.Restore(stored, inner.Dimension), stored.Option<double>("interval"), stored.Option<ulong>("seed"));
    }

    /// <summary>The element g_k of an interval.</summary>
    /// <param name="time">A time inside the interval.</param>
    /// <param name="seed">The sequence; <see cref="Seed"/> when null.</param>
    internal SymmetryElement ElementAt(double time, ulong? seed)
    {
        var interval = (long)Math.Floor(time / _interval);
        // Multiplied by an odd constant, so that neighbouring intervals and neighbouring seeds do not share elements.
        using var generator = new Generator(unchecked((seed ?? Seed) ^ ((ulong)interval * 0x9E3779B97F4A7C15UL)));
        return _elements.Value is { } elements ? elements[(int)RandomIndex.Next(elements.Count, generator)] : _group.Draw(generator);
    }

    private IReadOnlyList<SymmetryElement>? ListedElements()
    {
        try
        {
            return _group.Enumerate((int)Math.Max(1, MaxTable / Dimension));
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
