namespace MAFlow.MLNet.Data;

/// <summary>What to say about rows that were set aside because of their values.</summary>
internal static class SentinelRemark
{
    private const int MaxFeatures = 3;

    /// <param name="rows">All rows.</param>
    /// <param name="kept">Those that were not set aside.</param>
    /// <param name="aside">Those that were.</param>
    /// <param name="tails">Their values, the farthest first.</param>
    /// <param name="name">Name of a feature, by its number.</param>
    public static string Of(
        FeatureMatrix rows, FeatureMatrix kept, IReadOnlySet<int> aside, IReadOnlyList<Sentinels.Tail> tails, Func<int, string> name)
    {
        var first = aside.Min(rows.NumberOf);
        var what = aside.Count == 1
            ? FormattableString.Invariant($"1 row of {rows.Rows} was set aside, row {first}")
            : FormattableString.Invariant($"{aside.Count} rows of {rows.Rows} were set aside, first row {first}");
        var values = tails.Take(MaxFeatures).Select(tail => Values(tail, kept, name(tail.Feature)));
        var more = tails.Count > MaxFeatures ? FormattableString.Invariant($"; and so on for {tails.Count - MaxFeatures} more") : "";
        return $"{what} (counted from 0): {string.Join("; ", values)}{more}. Nothing is learnt from such rows, and they set no threshold. "
            + "Where a number stands for a missing value, replace it before this step; more than one row in 200 would be kept.";
    }

    private static string Values(Sentinels.Tail tail, FeatureMatrix kept, string name)
    {
        var (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var row = 0; row < kept.Rows; row++)
        {
            var value = kept.Value(row, tail.Feature);
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        var text = tail.Smallest == tail.Largest
            ? FormattableString.Invariant($"is {tail.Largest}")
            : FormattableString.Invariant($"is from {tail.Smallest} to {tail.Largest}");
        return $"column {name} {text}, while the others lie " + FormattableString.Invariant($"between {low:G3} and {high:G3}");
    }
}
