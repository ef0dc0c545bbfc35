namespace MAFlow.MLNet.Data;

/// <summary>Finds the few rows with values that stand for something else, such as 9999 for a missing one.</summary>
/// <remarks>One of them in 500 would set the scale of its column, in which all the other rows are then alike. More than one row in 200
/// are a part of the data, however far they lie.</remarks>
internal static class Sentinels
{
    private const int RowsPerSentinel = 200;

    /// <summary>Takes the rows out that hold such values.</summary>
    /// <param name="rows">Rows to learn from.</param>
    /// <param name="name">Name of a feature in messages, by its number.</param>
    /// <returns>The other rows in their order, and what to say about those that are missing; the same rows and null where none
    /// are.</returns>
    public static (FeatureMatrix Kept, string? Remark) SetAside(FeatureMatrix rows, Func<int, string> name) =>
        SetAside(rows, name, out _);

    /// <param name="rows">Rows to learn from.</param>
    /// <param name="name">Name of a feature in messages, by its number.</param>
    /// <param name="tails">The values, by which others like them are found in rows of which these are a sample.</param>
    public static (FeatureMatrix Kept, string? Remark) SetAside(
        FeatureMatrix rows, Func<int, string> name, out IReadOnlyList<Tail> tails)
    {
        var accepted = new List<Tail>();
        tails = accepted;
        var most = rows.Rows / RowsPerSentinel;
        if (most == 0)
        {
            return (rows, null);
        }

        var found = new List<Tail>[rows.Dimension];
        Parallel.For(0, rows.Dimension, () => new float[rows.Rows], (feature, _, buffer) =>
        {
            found[feature] = Find(rows, feature, most, buffer);
            return buffer;
        }, _ => { });

        // The widest gaps first, as long as the rows behind them are few.
        var aside = new HashSet<int>();
        foreach (var tail in found.SelectMany(tails => tails).OrderByDescending(tail => tail.Ratio))
        {
            var together = aside.Union(tail.Rows).ToHashSet();
            if (together.Count <= most)
            {
                aside = together;
                accepted.Add(tail);
            }
        }

        if (aside.Count == 0)
        {
            return (rows, null);
        }

        var kept = rows.Without(aside);
        return (kept, SentinelRemark.Of(rows, kept, aside, accepted, name));
    }

    /// <summary>What lies beyond a gap on either side of a feature.</summary>
    private static List<Tail> Find(FeatureMatrix rows, int feature, int most, float[] sorted)
    {
        for (var row = 0; row < rows.Rows; row++)
        {
            sorted[row] = rows.Value(row, feature);
        }

        Array.Sort(sorted);
        double median = sorted[rows.Rows / 2];
        double[] above = [.. sorted.Reverse().Select(value => value - median).TakeWhile(distance => distance > 0)];
        double[] below = [.. sorted.Select(value => median - value).TakeWhile(distance => distance > 0)];
        var tails = new List<Tail>();
        if (Math.Min(above.Length, below.Length) < TailGap.MinDistances)
        {
            // Most values are the lowest, or the highest: the one side has to do for both.
            Add([.. above.Concat(below).OrderDescending()], value => Math.Abs(value - median));
        }
        else
        {
            Add(above, value => value - median);
            Add(below, value => median - value);
        }

        return tails;

        void Add(double[] distances, Func<float, double> distance)
        {
            var (beyond, ratio) = TailGap.Find(distances, most);
            if (beyond > 0)
            {
                int[] numbers = [.. Enumerable.Range(0, rows.Rows)
                    .Where(row => distance(rows.Value(row, feature)) >= distances[beyond - 1])];
                var values = numbers.Select(row => rows.Value(row, feature));
                // The middle of the gap, on the scale of ratios.
                var limit = distances[beyond - 1] / Math.Sqrt(ratio);
                tails.Add(new(feature, ratio, values.Min(), values.Max(), numbers, value => distance(value) >= limit));
            }
        }
    }

    /// <summary>Values beyond a gap.</summary>
    /// <param name="Feature">Number of the feature.</param>
    /// <param name="Ratio">How many times farther from the median they are than all others.</param>
    /// <param name="Smallest">The smallest of them.</param>
    /// <param name="Largest">The largest of them.</param>
    /// <param name="Rows">The rows that hold them.</param>
    /// <param name="IsBeyond">Whether another value of the feature is beyond the gap.</param>
    internal sealed record Tail(
        int Feature, double Ratio, float Smallest, float Largest, IReadOnlyList<int> Rows, Predicate<float> IsBeyond);
}
