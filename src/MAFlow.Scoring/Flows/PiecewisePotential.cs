using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>A potential for each of K equal parts of the horizon.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class PiecewisePotential<T> : Potential<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _horizon;
    private readonly IReadOnlyList<Potential<T>> _parts;

    /// <exception cref="FormatException">There is no part, or they do not fit together.</exception>
    public PiecewisePotential(double horizon, IReadOnlyList<Potential<T>> parts)
    {
        if (!(horizon > 0) || parts.Count == 0
            || parts.Any(part => part.Dimension != parts[0].Dimension || part.ContextDimension != parts[0].ContextDimension)
            || parts.Any(part => part.Horizon is { } own && Math.Abs(own - horizon) > 1e-9 * horizon))
        {
            throw new FormatException(
                "Expected parts of one dimension and one positive horizon in a piecewise potential; the file is damaged.");
        }

        (_horizon, _parts) = (horizon, parts);
    }

    public override int Dimension => _parts[0].Dimension;

    public override int ContextDimension => _parts[0].ContextDimension;

    public override double? Horizon => _horizon;

    public override IEnumerable<double> Breaks =>
        Enumerable.Range(1, _parts.Count - 1).Select(k => _horizon * k / _parts.Count).Concat(_parts.SelectMany(part => part.Breaks));

    public override RidgePotential<T> At(double time) =>
        _parts[(int)Math.Clamp(Math.Floor(time * _parts.Count / _horizon), 0, _parts.Count - 1)].At(time);
}
