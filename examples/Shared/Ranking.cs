namespace MAFlow.Examples;

/// <summary>How well scores rank anomalies above ordinary rows.</summary>
/// <param name="Auroc">Probability that an anomaly scores higher than an ordinary row, a tie counting one half.</param>
/// <param name="AveragePrecision">Mean over the anomalies of the precision at their score.</param>
/// <param name="DetectedAt1Percent">Share of anomalies above the score that 1% of the ordinary rows exceed.</param>
/// <param name="DetectedAt5Percent">The same at 5%.</param>
public sealed record Ranking(double Auroc, double AveragePrecision, double DetectedAt1Percent, double DetectedAt5Percent)
{
    public static Ranking Of(IReadOnlyList<double> scores, IReadOnlyList<bool> anomalies)
    {
        var sorted = scores.Zip(anomalies, (score, anomaly) => (Score: score, Anomaly: anomaly)).OrderByDescending(row => row.Score).ToArray();
        double positives = sorted.Count(row => row.Anomaly), negatives = sorted.Length - positives;
        double truePositives = 0, falsePositives = 0, area = 0, precision = 0, at1 = 0, at5 = 0;
        for (var start = 0; start < sorted.Length;)
        {
            var end = start;
            double up = 0, right = 0;
            for (; end < sorted.Length && sorted[end].Score.Equals(sorted[start].Score); end++)
            {
                (up, right) = sorted[end].Anomaly ? (up + 1, right) : (up, right + 1);
            }

            area += right * (truePositives + (up / 2));
            (truePositives, falsePositives) = (truePositives + up, falsePositives + right);
            precision += up * truePositives / (truePositives + falsePositives);
            if (falsePositives <= 0.01 * negatives)
            {
                at1 = truePositives / positives;
            }

            if (falsePositives <= 0.05 * negatives)
            {
                at5 = truePositives / positives;
            }

            start = end;
        }

        return new Ranking(area / (positives * negatives), precision / positives, at1, at5);
    }
}
