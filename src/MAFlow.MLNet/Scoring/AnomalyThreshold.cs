namespace MAFlow.MLNet.Scoring;

/// <summary>Where anomalies begin: the score that the given share of ordinary rows exceeds.</summary>
internal static class AnomalyThreshold
{
    /// <summary>The smallest of the scores that at most the share <paramref name="contamination"/> of them exceeds.</summary>
    /// <param name="scores">Scores of rows; those that are NaN do not count.</param>
    /// <param name="contamination">Between 0 and 0.5.</param>
    public static float Quantile(IEnumerable<float> scores, double contamination)
    {
        RequireContamination(contamination);
        var sorted = scores.Where(score => !float.IsNaN(score)).Order().ToArray();
        if (sorted.Length == 0)
        {
            throw new InvalidOperationException("A threshold needs at least one row with a score, got none. Check the rows that it is "
                + "to be taken from.");
        }

        return sorted[(int)Math.Clamp(Math.Ceiling((1 - contamination) * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static void RequireContamination(double contamination)
    {
        if (!(contamination is >= 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(contamination), contamination,
                "Expected the share of ordinary rows to be called anomalies, from 0 to 0.5, "
                + FormattableString.Invariant($"got {contamination}."));
        }
    }
}
