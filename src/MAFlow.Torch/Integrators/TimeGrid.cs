namespace MAFlow.Torch.Integrators;

/// <summary>An interval of flow time cut into equal steps: t_k = start + k ε with ε = (end - start) / depth.</summary>
/// <remarks>A grid whose end lies before its start runs the fluid backwards (ε &lt; 0). Zhang, E, Wang (2018), section 3.</remarks>
public sealed record TimeGrid
{
    /// <summary>Creates a grid.</summary>
    /// <param name="start">First time.</param>
    /// <param name="end">Last time; before <paramref name="start"/> to integrate backwards.</param>
    /// <param name="depth">Number of steps d, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time is not finite, or the depth is below 1.</exception>
    public TimeGrid(double start, double end, int depth)
    {
        TensorChecks.RequireAtLeast(start, double.MinValue);
        TensorChecks.RequireAtLeast(end, double.MinValue);
        TensorChecks.RequireAtLeast(depth, 1);
        (Start, End, Depth) = (start, end, depth);
    }

    /// <summary>First time.</summary>
    public double Start { get; }

    /// <summary>Last time.</summary>
    public double End { get; }

    /// <summary>Number of steps d.</summary>
    public int Depth { get; }

    /// <summary>Signed step ε.</summary>
    public double Step => (End - Start) / Depth;

    /// <summary>The same grid walked the other way.</summary>
    public TimeGrid Reversed() => new(End, Start, Depth);

    /// <summary>Time at a step boundary, 0 ≤ k ≤ d.</summary>
    /// <param name="step">Index k of the boundary.</param>
    public double TimeAt(int step) => Start + ((End - Start) * step / Depth);

    /// <summary>Cuts the grid at given times; each piece keeps its share of the steps, rounded, and has at least one.</summary>
    /// <param name="times">Times in any order; those outside the grid, or at its ends, do not cut.</param>
    public IReadOnlyList<TimeGrid> CutAt(IEnumerable<double> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        // Times that differ by rounding alone leave no piece between them.
        var slack = 1e-12 * Math.Max(Math.Abs(Start), Math.Abs(End));
        var cuts = times.Where(time => time > Math.Min(Start, End) + slack && time < Math.Max(Start, End) - slack);
        double[] bounds = [Start, .. Start < End ? cuts.Order() : cuts.OrderDescending(), End];
        var steps = bounds.Select(time => (int)Math.Round((time - Start) / (End - Start) * Depth, MidpointRounding.AwayFromZero)).ToArray();
        return bounds.Length == 2
            ? [this]
            : [.. Enumerable.Range(1, bounds.Length - 1).Select(k => new TimeGrid(bounds[k - 1], bounds[k], Math.Max(1, steps[k] - steps[k - 1])))];
    }

    /// <summary>Cuts the grid at its own step boundaries into consecutive grids of nearly equal depth.</summary>
    /// <param name="parts">Number of parts, from 1 to <see cref="Depth"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">More parts than steps.</exception>
    public IReadOnlyList<TimeGrid> Split(int parts)
    {
        TensorChecks.RequireOption(parts, 1, Depth);
        var cuts = Enumerable.Range(0, parts + 1).Select(part => (int)((long)Depth * part / parts)).ToArray();
        return [.. Enumerable.Range(0, parts).Select(part => new TimeGrid(TimeAt(cuts[part]), TimeAt(cuts[part + 1]), cuts[part + 1] - cuts[part]))];
    }
}
