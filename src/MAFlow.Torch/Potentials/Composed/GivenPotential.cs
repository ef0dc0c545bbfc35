using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>The potential of some contexts, which knows how many they are and can be asked for some of its rows.</summary>
/// <remarks>A conditional potential of a user's own returns a potential that knows neither.</remarks>
internal sealed class GivenPotential : Potential
{
    private readonly ConditionalPotential _conditional;
    private readonly Tensor _context;
    private readonly Potential _inner;

    /// <param name="conditional">φ(x, t | c).</param>
    /// <param name="context">c, shape [B, C].</param>
    /// <param name="inner">What the conditional potential returned for it.</param>
    private GivenPotential(ConditionalPotential conditional, Tensor context, Potential inner)
        : base("given", inner.Dimension) => (_conditional, _context, _inner) = (conditional, context, inner);

    /// <summary>The potential of some contexts; as it is where it knows its rows.</summary>
    /// <param name="conditional">φ(x, t | c).</param>
    /// <param name="context">c, shape [B, C].</param>
    public static Potential Of(ConditionalPotential conditional, Tensor context)
    {
        var inner = conditional.Given(context);
        return inner.Rows is null ? new GivenPotential(conditional, context, inner) : inner;
    }

    /// <inheritdoc/>
    protected internal override SymmetryGroup Symmetry => _inner.Symmetry;

    /// <inheritdoc/>
    protected internal override double? Horizon => _inner.Horizon;

    /// <inheritdoc/>
    protected internal override IReadOnlyList<Tensor> DependsOn => _inner.DependsOn;

    /// <inheritdoc/>
    internal override long? Rows => _context.shape[0];

    /// <inheritdoc/>
    internal override bool IsSampled => _inner.IsSampled;

    /// <inheritdoc/>
    protected internal override Tensor Evaluate(Tensor x, double time) => _inner.Evaluate(x, time);

    /// <inheritdoc/>
    protected internal override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes) =>
        _inner.Derivatives(x, time, estimator, probes);

    /// <inheritdoc/>
    protected internal override IReadOnlyList<double> Breaks(double horizon) => _inner.Breaks(horizon);

    /// <inheritdoc/>
    internal override Potential Between(double start, double end, ulong? seed) => _inner.Between(start, end, seed);

    /// <inheritdoc/>
    internal override Potential OfRows(Tensor rows) => Of(_conditional, _context.index_select(0, rows));
}
