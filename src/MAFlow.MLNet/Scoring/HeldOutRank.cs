namespace MAFlow.MLNet.Scoring;

/// <summary>How unusual a score is among those of ordinary rows that the flow was not trained on.</summary>
internal static class HeldOutRank
{
    /// <summary>The scores that are numbers, in ascending order.</summary>
    public static float[] Sorted(IEnumerable<float> scores) => [.. scores.Where(score => !float.IsNaN(score)).Order()];

    /// <summary>The share of rows, this one counted with them, that score at least as high: at most p with probability p for an ordinary
    /// row.</summary>
    /// <param name="sorted">Held-out scores in ascending order.</param>
    /// <param name="score">NaN gives NaN.</param>
    public static float PValue(float[] sorted, float score)
    {
        if (float.IsNaN(score))
        {
            return float.NaN;
        }

        return (1f + sorted.Length - Below(sorted, score)) / (1 + sorted.Length);
    }

    /// <summary>How many of the sorted scores are below one.</summary>
    public static int Below(float[] sorted, float score)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] < score)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
