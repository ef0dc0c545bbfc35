using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Composed;

/// <summary>Conditional potentials one after the other, each on an equal part of the horizon: φ(x, t | c) = φ_k(x | c) for
/// (k-1)T/K ≤ t &lt; kT/K.</summary>
public sealed class ConditionalPiecewisePotential : ConditionalPotential
{
    internal const string Kind = "conditional-piecewise";
    private readonly double _horizon;
    private readonly ConditionalPotential[] _parts;

    /// <summary>Joins potentials, which are disposed with this one.</summary>
    /// <param name="horizon">T, positive: the horizon of the flow.</param>
    /// <param name="parts">φ_1 to φ_K, at least one, all of one dimension and one context dimension.</param>
    /// <exception cref="ArgumentException">No part, parts of different dimensions, or one made for another horizon.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The horizon is not positive.</exception>
    public ConditionalPiecewisePotential(double horizon, IReadOnlyList<ConditionalPotential> parts)
        : base(Kind, Shared(parts, part => part.Dimension), Shared(parts, part => part.ContextDimension))
    {
        TensorChecks.RequireAtLeast(horizon, double.Epsilon);
        PiecewisePotential.RequireHorizon(horizon, parts.Select(part => part.Horizon));
        (_horizon, _parts) = (horizon, [.. parts]);
        for (var k = 0; k < _parts.Length; k++)
        {
            register_module($"part{k}", _parts[k]);
        }
    }

    /// <inheritdoc/>
    protected internal override double? Horizon => _horizon;

    /// <inheritdoc/>
    protected internal override Potential Given(Tensor context) =>
        new PiecewisePotential(_horizon, [.. _parts.Select(part => GivenPotential.Of(part, context))]);

    /// <inheritdoc/>
    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).With("horizon", _horizon).WithChildren("parts", _parts.Select(part => part.Store()));

    internal static ConditionalPiecewisePotential Restore(StoredComponent stored) =>
        new(stored.Option<double>("horizon"), stored.Children<ConditionalPotential>("parts"));

    private static long Shared(IReadOnlyList<ConditionalPotential> parts, Func<ConditionalPotential, long> dimension)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return parts.Count > 0 && parts.Select(dimension).Distinct().Count() == 1
            ? dimension(parts[0])
            : throw new ArgumentException(
                $"Expected at least one part, all of one dimension, got {string.Join(", ", parts.Select(dimension).DefaultIfEmpty(0))}.",
                nameof(parts));
    }
}
