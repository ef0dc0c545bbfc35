using System.Globalization;
using MAFlow.Examples;
using MAFlow.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;
using Spectre.Console;

namespace AnomalyScoring;

/// <summary>One of the most anomalous rows, with the features that its score depends on most.</summary>
public sealed record Explanation(int Row, float Score, float PValue, bool IsAnomaly, IReadOnlyList<Reason> Leading)
{
    private const int RowCount = 10, FeatureCount = 3;

    /// <summary>The ten rows of the test with the highest scores, explained by the contributions of a flow trained on the split.</summary>
    public static (IReadOnlyList<Explanation> Rows, CalibrationMetrics Calibration) Of(
        Table table, Split split, double maxSeconds, int seed, CancellationToken cancellationToken)
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

/// <summary>A feature that makes a row improbable.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="Contribution">Nats that a standard deviation of it adds to -ln p.</param>
/// <param name="Value">What it is.</param>
/// <param name="Ordinary">What it would have to be, with the others, for the row to be ordinary.</param>
public sealed record Reason(string Feature, float Contribution, float Value, float Ordinary);

/// <summary>Prints the detectors side by side, the most anomalous rows, and the files.</summary>
public static class ResultPrinter
{
    public static void PrintMethods(IEnumerable<MethodResult> results)
    {
        var table = new Spectre.Console.Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Detector").NoWrap());
        foreach (var heading in (string[])["AUROC", "Avg. precision", "Found at 1% FP", "Found at 5% FP", "Training (s)", "µs/row"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var result in results)
        {
            table.AddRow(
                result.Name,
                Spread(result, trial => trial.Ranking.Auroc),
                Spread(result, trial => trial.Ranking.AveragePrecision),
                Spread(result, trial => trial.Ranking.DetectedAt1Percent),
                Spread(result, trial => trial.Ranking.DetectedAt5Percent),
                Text($"{result.Of(trial => trial.TrainSeconds).Mean:F2}"),
                Text($"{result.Of(trial => trial.ScoreMicrosecondsPerRow).Mean:F1}"));
        }

        Terminal.Widen(110);
        AnsiConsole.Write(table);
    }

    public static void PrintExplanations(IEnumerable<Explanation> explanations)
    {
        Console.WriteLine("The ten most anomalous rows of the first test, the nats that one standard deviation of a feature adds to -ln p,");
        Console.WriteLine("and what the row would have to be there to be ordinary:");
        foreach (var row in explanations)
        {
            var leading = row.Leading.Select(reason =>
                Text($"{reason.Feature} {reason.Contribution:+0.0;-0.0} ({reason.Value:G3}, not {reason.Ordinary:G3})"));
            var kind = row.IsAnomaly ? "anomaly " : "ordinary";
            Console.WriteLine(Text(
                $"  row {row.Row,6}  score {row.Score,9:F1}  p {row.PValue:F3}  {kind}  {string.Join(", ", leading)}"));
        }
    }

    public static void PrintCalibration(CalibrationMetrics metrics)
    {
        Console.WriteLine();
        Console.WriteLine(Text(
            $"The {metrics.Rows} ordinary rows of that test against the held-out ones: Kolmogorov-Smirnov {metrics.KolmogorovSmirnov:F3}, "));
        Console.WriteLine(Text($"p = {metrics.PValue:F2}, {metrics.ShareFlagged:P1} flagged."));
    }

    private static string Spread(MethodResult result, Func<Trial, double> figure)
    {
        var (mean, deviation) = result.Of(figure);
        return Text($"{mean:F3} ± {deviation:F3}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
