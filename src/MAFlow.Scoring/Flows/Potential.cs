using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>A potential that is a ridge potential at every time.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class Potential<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Number of coordinates N.</summary>
    public abstract int Dimension { get; }

    /// <summary>Number of context features C; 0 where there is no context.</summary>
    public abstract int ContextDimension { get; }

    /// <summary>The horizon that it is made for; null where any will do.</summary>
    public virtual double? Horizon => null;

    /// <summary>Times at which it jumps.</summary>
    public virtual IEnumerable<double> Breaks => [];

    /// <summary>The potential that holds at a time.</summary>
    public abstract RidgePotential<T> At(double time);
}
