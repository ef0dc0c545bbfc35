namespace DigitsDensity;

/// <summary>Area under the ROC curve: the probability that a positive scores higher than a negative, a tie counting one half.</summary>
public static class Auroc
{
    /// <summary>The Mann-Whitney statistic (R - p(p + 1)/2) / (p n), R the sum of the positives' ranks; ties share a rank.</summary>
    public static double Compute(IReadOnlyCollection<double> negatives, IReadOnlyCollection<double> positives)
    {
        if (negatives.Count == 0 || positives.Count == 0)
        {
            throw new ArgumentException($"Expected scores of both kinds, got {negatives.Count} negatives and {positives.Count} positives.");
        }

        (double Score, bool Positive)[] sorted =
            [.. negatives.Select(score => (score, false)).Concat(positives.Select(score => (score, true))).OrderBy(pair => pair.Item1)];

        double rankSum = 0;
        for (int start = 0; start < sorted.Length;)
        {
            int end = start;
            while (end < sorted.Length && sorted[end].Score.Equals(sorted[start].Score))
            {
                end++;
            }

            double sharedRank = 0.5 * (start + 1 + end);
            rankSum += sharedRank * sorted[start..end].Count(pair => pair.Positive);
            start = end;
        }

        double p = positives.Count, n = negatives.Count;
        return (rankSum - p * (p + 1) / 2) / (p * n);
    }
}
