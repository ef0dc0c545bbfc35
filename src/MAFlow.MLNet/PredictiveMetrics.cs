namespace MAFlow.MLNet;

/// <summary>How good predicted distributions are: by labels that were not trained on.</summary>
/// <remarks>
/// P(y ≤ label) is uniform where the distributions are right (Dawid 1984). A histogram of it that is high in the middle shows
/// distributions that are too wide, one that is high at both ends distributions that are too narrow, one that rises or falls a bias.
/// </remarks>
public sealed class PredictiveMetrics
{
    private const int Bins = 20;
    private readonly double[] _cumulative;

    internal PredictiveMetrics(double meanLogLikelihood, double rankedScore, double[] cumulative)
    {
        (MeanLogLikelihood, ContinuousRankedProbabilityScore, _cumulative) = (meanLogLikelihood, rankedScore, cumulative);
        var counts = new int[Bins];
        foreach (var share in cumulative)
        {
            counts[Math.Min((int)(share * Bins), Bins - 1)]++;
        }

        CumulativeHistogram = counts;
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _cumulative.Length;

    /// <summary>Mean of ln p(label | features), in nats: higher is better.</summary>
    public double MeanLogLikelihood { get; }

    /// <summary>Mean of ∫ (P(y ≤ v) - 1{label ≤ v})² dv, in units of the label: lower is better, and for point predictions it is the mean
    /// absolute error. Gneiting, Raftery (2007).</summary>
    public double ContinuousRankedProbabilityScore { get; }

    /// <summary>How many rows have P(y ≤ label) in each of 20 equal bins from 0 to 1.</summary>
    public IReadOnlyList<int> CumulativeHistogram { get; }

    /// <summary>Share of the labels inside of their central interval: near its probability where the distributions are right.</summary>
    /// <param name="probability">Probability of the interval, from 0 to 1: 0.9 is that from the quantile of 0.05 to that of 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public double Coverage(double probability)
    {
        FlowEstimatorOptions.Require(probability is >= 0 and <= 1, probability, "a number from 0 to 1");
        return _cumulative.Count(share => Math.Abs(share - 0.5) <= probability / 2) / (double)Rows;
    }
}
