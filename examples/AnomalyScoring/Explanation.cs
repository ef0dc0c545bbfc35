using AnomalyScoring.Data;
using AnomalyScoring.Detectors;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AnomalyScoring;

/// <summary>One of the most anomalous rows, with the features that its score depends on most.</summary>
public sealed record Explanation(int Row, float Score, float PValue, bool IsAnomaly, IReadOnlyList<Reason> Leading)
{
    private const int RowCount = 10, FeatureCount = 3;

    /// <summary>The ten rows of the test with the highest scores, explained by the contributions of a flow trained on the split.</summary>
    public static (IReadOnlyList<Explanation> Rows, CalibrationMetrics Calibration) Of(Table table, Split split, double maxSeconds, int seed, CancellationToken cancellationToken)
    {
        var mlContext = new MLContext(seed);
        using var model = mlContext.AnomalyDetection.Trainers.MongeAmpereFlow(new()
        {
            ContributionsColumnName = "Contributions", MaxSeconds = maxSeconds, CancellationToken = cancellationToken,
        }).Fit(FeatureRow.View(mlContext, split.Training, table.FeatureNames));
        var scored = model.ToOrdinary(model.Transform(FeatureRow.View(mlContext, split.Test, table.FeatureNames)));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Contributions"].GetSlotNames(ref names);
        string[] features = [.. names.DenseValues().Select(name => name.ToString())];
        var rows = mlContext.Data.CreateEnumerable<ScoredRow>(scored, reuseRowObject: false).ToArray();
        // New rows that are taken for ordinary would be compared like this, to learn whether the model still fits.
        float[][] ordinary = [.. split.Test.Where((_, row) => !split.Anomalies[row])];
        var calibration = model.EvaluateCalibration(model.Transform(FeatureRow.View(mlContext, ordinary)));
        return ([.. Enumerable.Range(0, rows.Length).OrderByDescending(row => rows[row].Score).Take(RowCount).Select(row => new Explanation(
            split.TestNumbers[row], rows[row].Score, rows[row].PValue, split.Anomalies[row],
            [.. Enumerable.Range(0, features.Length).OrderByDescending(feature => Math.Abs(rows[row].Contributions[feature])).Take(FeatureCount)
                .Select(feature => new Reason(features[feature], rows[row].Contributions[feature], split.Test[row][feature], rows[row].Ordinary[feature]))]))], calibration);
    }

    private sealed class ScoredRow
    {
        public float Score { get; set; }

        public float PValue { get; set; }

        public float[] Contributions { get; set; } = [];

        public float[] Ordinary { get; set; } = [];
    }
}
