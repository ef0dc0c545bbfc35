namespace MAFlow.MLNet.Scoring;

/// <summary>The test of Kolmogorov and Smirnov of rows against held-out ones, from p-values alone: they are ranks among these.</summary>
internal static class TwoSampleTest
{
    private const double NegligibleTerm = 1e-12;
    private const int MaxTerms = 200;

    /// <summary>D = sup |F - G|, where one sample has n scores, and the other the p-values (1 + number at least as high)/(n + 1).</summary>
    public static double Statistic(IReadOnlyList<float> pValues, int heldOut)
    {
        // How many rows have exactly so many held-out scores at least as high.
        var counts = new long[heldOut + 1];
        foreach (var p in pValues)
        {
            counts[(int)Math.Clamp(Math.Round(((double)p * (heldOut + 1)) - 1), 0, heldOut)]++;
        }

        var (above, largest) = (0L, 0.0);
        for (var k = 0; k < heldOut; k++)
        {
            above += counts[k];
            var share = above / (double)pValues.Count;
            // On either side of the held-out score that k others exceed.
            largest = Math.Max(largest, Math.Max(Math.Abs(share - ((double)k / heldOut)), Math.Abs(share - ((k + 1.0) / heldOut))));
        }

        return largest;
    }

    /// <summary>Probability of as large a statistic for two samples of one distribution.</summary>
    public static double PValue(double statistic, long rows, long heldOut)
    {
        var root = Math.Sqrt((double)rows * heldOut / (rows + heldOut));
        var lambda = (root + 0.12 + (0.11 / root)) * statistic;
        var sum = 0.0;
        for (var j = 1; j <= MaxTerms; j++)
        {
            var term = Math.Exp(-2.0 * j * j * lambda * lambda);
            sum += j % 2 == 1 ? term : -term;
            if (term < NegligibleTerm)
            {
                return Math.Clamp(2 * sum, 0, 1);
            }
        }

        // The series of a tiny statistic hardly converges: nothing is more ordinary.
        return 1;
    }
}
