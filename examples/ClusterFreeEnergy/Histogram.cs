namespace ClusterFreeEnergy;

/// <summary>A density by bins, of values that may have weights.</summary>
public sealed record Histogram
{
    /// <param name="values">Values; those outside the range count for the norm, and are in no bin.</param>
    /// <param name="weights">A weight of each value.</param>
    /// <param name="low">Where the first bin begins.</param>
    /// <param name="high">Where the last one ends.</param>
    /// <param name="bins">Number of bins.</param>
    public Histogram(IReadOnlyList<double> values, IReadOnlyList<double> weights, double low, double high, int bins)
    {
        var (sums, width, norm) = (new double[bins], (high - low) / bins, 0.0);
        for (var i = 0; i < values.Count; i++)
        {
            norm += weights[i];
            var bin = Math.Floor((values[i] - low) / width);
            if (bin >= 0 && bin < bins)
            {
                sums[(int)bin] += weights[i];
            }
        }

        Centres = [.. Enumerable.Range(0, bins).Select(bin => low + ((bin + 0.5) * width))];
        Densities = [.. sums.Select(sum => sum / norm / width)];
    }

    public IReadOnlyList<double> Centres { get; }

    public IReadOnlyList<double> Densities { get; }

    /// <summary>Half the integral of the absolute difference: 0 where both are the same, 1 where they have nothing in common.</summary>
    public double DistanceTo(Histogram other) =>
        0.5 * (Centres[1] - Centres[0]) * Densities.Zip(other.Densities, (own, foreign) => Math.Abs(own - foreign)).Sum();
}
