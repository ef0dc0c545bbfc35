namespace MAFlow.Torch.Integrators;

/// <summary>What doubling the depth led to.</summary>
public sealed record DepthSearch
{
    internal DepthSearch(int depth, double value, double difference, bool isConverged) =>
        (Depth, Value, Difference, IsConverged) = (depth, value, difference, isConverged);

    /// <summary>Depth d at which the search ended.</summary>
    public int Depth { get; }

    /// <summary>The functional at d, in nats.</summary>
    public double Value { get; }

    /// <summary>The functional at 2d minus that at d, in nats.</summary>
    public double Difference { get; }

    /// <summary>Whether that difference is within the tolerance; otherwise the largest depth was not enough, or the functional is no
    /// finite number.</summary>
    public bool IsConverged { get; }
}
