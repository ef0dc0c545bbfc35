namespace MAFlow.MLNet.Data;

/// <summary>
/// Where one side of a column breaks off: a few values so far beyond all others that no tail, heavy as it may be, goes on from these to
/// those.
/// </summary>
/// <remarks>
/// Distances d₁ ≥ d₂ ≥ … from the median have spacings j·ln(dⱼ/dⱼ₊₁) that under any power law are independent and exponential with one mean
/// (Rényi), and under lighter tails, such as those of a lognormal, smaller the farther out. Their mean is taken where no value is in doubt
/// (Hill's estimate); a spacing farther out that such a tail has three times in 10,000 is a gap. Values that a column has few of, codes and
/// rare counts, are no tail to judge by: they need a longer gap, and where there are next to none, there is no gap at all.
/// </remarks>
internal static class TailGap
{
    /// <summary>With fewer distances than this nothing can be said; at most one in as many is in doubt.</summary>
    public const int MinDistances = 20;

    private const int MinJudging = 10;
    private const int MaxJudging = 500;
    private const int UsualJudging = 25;
    private const int MinDistinct = 10;
    private const double MinRatio = 10;
    private const double MinRatioOfFewValues = 100;
    private const double MinMeanSpacing = 0.15;
    private static readonly double _logSmallestProbability = Math.Log(3e-4);

    /// <summary>How many of the farthest values lie beyond a gap.</summary>
    /// <param name="distances">Distances from the median on one side, those that are not zero, the largest first.</param>
    /// <param name="most">How many may be in doubt.</param>
    /// <returns>Their number, and how many times farther they are than the next; zeros where there are none.</returns>
    public static (int Beyond, double Ratio) Find(ReadOnlySpan<double> distances, int most)
    {
        most = Math.Min(most, distances.Length / MinDistances);
        var judging = Math.Min(Math.Clamp(distances.Length / 20, UsualJudging, MaxJudging), distances.Length - most - 1);
        if (most == 0 || judging < MinJudging)
        {
            return default;
        }

        var (sum, distinct) = (0.0, 1);
        for (var i = most; i < most + judging; i++)
        {
            sum += (i + 1) * Math.Log(distances[i] / distances[i + 1]);
            distinct += distances[i] > distances[i + 1] ? 1 : 0;
        }

        var mean = Math.Max(sum / judging, MinMeanSpacing);
        var minRatio = distinct < MinDistinct ? MinRatioOfFewValues : MinRatio;
        var (found, width) = (0, 0.0);
        for (var beyond = 1; beyond <= most; beyond++)
        {
            var ratio = distances[beyond - 1] / distances[beyond];
            // Those behind a gap farther out are no part of this tail. The estimated mean has a spread of its own, hence F instead of the
            // exponential distribution.
            var logProbability = -judging * Math.Log(1 + ((beyond - found) * Math.Log(ratio) / mean / judging));
            if (ratio >= minRatio && logProbability <= _logSmallestProbability)
            {
                (found, width) = (beyond, ratio);
            }
        }

        return (found, width);
    }
}
