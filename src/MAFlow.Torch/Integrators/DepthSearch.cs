namespace MAFlow.Torch.Integrators;

/// <summary>The depth at which a functional of the flow no longer changes, found by doubling.</summary>
public sealed record DepthSearch
{
    internal DepthSearch(int depth, double value, double difference, bool isConverged) =>
        (Depth, Value, Difference, IsConverged) = (depth, value, difference, isConverged);

    /// <summary>Depth d at which the search ended.</summary>
    public int Depth { get; }

    /// <summary>The functional at 2d minus that at d, in nats.</summary>
    public double Difference { get; }

    /// <summary>Whether that difference is within the tolerance; otherwise the largest depth was not enough, or the functional is no
    /// finite number.</summary>
    public bool IsConverged { get; }

    /// <summary>The functional at d, in nats.</summary>
    internal double Value { get; }

    /// <summary>Doubles the depth until |f(2d) - f(d)| is within the tolerance, or d at its maximum.</summary>
    /// <param name="depth">First depth d, at least 1: that of the flow, as in <c>Run(flow.Depth, d => Mean(flow.At(d)), 1e-2)</c>.
    /// Its double then doubles the steps of every piece of the horizon.</param>
    /// <param name="functional">f: a number in nats as a function of the depth, for instance the mean NLL of some rows.</param>
    /// <param name="tolerance">Largest difference between depth d and 2d, in nats; positive.</param>
    /// <param name="maxDepth">Largest depth that a result is stated at, at least 1; the check of a depth takes twice as many steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public static DepthSearch Run(int depth, Func<int, double> functional, double tolerance, int maxDepth = 1536)
    {
        ArgumentNullException.ThrowIfNull(functional);
        return new DepthDoubling(tolerance, maxDepth).Find(depth, functional);
    }
}
