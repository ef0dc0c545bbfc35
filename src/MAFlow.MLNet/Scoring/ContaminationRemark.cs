namespace MAFlow.MLNet.Scoring;

/// <summary>What to say where a threshold has to be taken from fewer scores than the share that was asked for needs.</summary>
internal static class ContaminationRemark
{
    /// <summary>Null where the scores suffice. Of n scores none is exceeded by fewer than about 1/(n + 1) of all ordinary rows, so a
    /// smaller share cannot be given.</summary>
    /// <param name="scores">Scores of ordinary rows; those that are NaN do not count.</param>
    /// <param name="contamination">The share that was asked for. Zero asks for the highest threshold there is, whatever that gives.</param>
    public static string? Of(IEnumerable<float> scores, double contamination)
    {
        var count = scores.Count(score => !float.IsNaN(score));
        var smallest = 1.0 / (count + 1);
        if (contamination <= 0 || contamination >= smallest)
        {
            return null;
        }

        var needed = Math.Ceiling((1 / contamination) - 1);
        return FormattableString.Invariant($"The contamination {contamination:G3} cannot be kept: the threshold is taken from {count} ")
            + FormattableString.Invariant($"rows, so about 1/{count + 1} = {smallest:P0} of ordinary rows will be called anomalies. ")
            + FormattableString.Invariant($"It takes {needed:F0} such rows: give more rows, or a contamination of at least ")
            + FormattableString.Invariant($"{RoundedUp(smallest):G2}.");
    }

    // To two digits, and never below the share itself: what is advised has to suffice.
    private static double RoundedUp(double share)
    {
        var digit = Math.Pow(10, Math.Floor(Math.Log10(share)) - 1);
        return Math.Ceiling(share / digit) * digit;
    }
}
