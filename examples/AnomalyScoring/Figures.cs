using MAFlow.Examples;
using ScottPlot;

namespace AnomalyScoring;

/// <summary>Both pictures, drawn from the first split.</summary>
public static class Figures
{
    private const int Bins = 50;

    private static readonly Color[] _colours = [Chart.Blue, Chart.Brown, Chart.Red, Chart.Green];

    /// <returns>The paths of the pictures.</returns>
    public static IReadOnlyList<string> Write(DirectoryInfo directory, Split split, IReadOnlyList<MethodResult> results) =>
    [
        OutputFiles.SavePng(directory, "scores.png", Histogram(results[0].Trials[0].Scores, split.Anomalies)),
        OutputFiles.SavePng(directory, "roc.png", Roc(results, split.Anomalies)),
    ];

    /// <summary>True against false positives, one curve a detector.</summary>
    private static byte[] Roc(IReadOnlyList<MethodResult> results, bool[] anomalies)
    {
        using var plot = Chart.New("ROC curve of the first split", "share of ordinary rows flagged", "share of anomalies found");
        foreach (var (i, result) in results.Index())
        {
            var (x, y) = RocCurve(result.Trials[0].Scores, anomalies);
            var curve = plot.Add.ScatterLine(x, y, _colours[i % _colours.Length]);
            (curve.LineWidth, curve.LegendText) = (i == 0 ? 4 : 2.5f, result.Name);
        }

        plot.ShowLegend(Alignment.LowerRight);
        plot.Axes.SetLimits(-0.01, 1.01, -0.01, 1.01);
        return plot.ToPng(800, 720);
    }

    private static (double[] X, double[] Y) RocCurve(double[] scores, bool[] anomalies)
    {
        double positives = anomalies.Count(anomaly => anomaly), negatives = anomalies.Length - positives;
        var (x, y) = (new List<double> { 0 }, new List<double> { 0 });
        // Rows with the same score are called anomalies together.
        foreach (var tied in Enumerable.Range(0, scores.Length).GroupBy(row => scores[row]).OrderByDescending(group => group.Key))
        {
            x.Add(x[^1] + (tied.Count(row => !anomalies[row]) / negatives));
            y.Add(y[^1] + (tied.Count(row => anomalies[row]) / positives));
        }

        return ([.. x], [.. y]);
    }

    /// <summary>The flow's scores of ordinary rows and of anomalies.</summary>
    private static byte[] Histogram(IReadOnlyList<double> scores, bool[] anomalies)
    {
        using var plot = Chart.New("Scores of the test rows", "score (nats); the last bar holds all higher ones", "rows");
        // A few rows lie very far out; they go into the last bin, or nothing else could be seen.
        var sorted = scores.Order().ToArray();
        var (low, high) = (sorted[0], sorted[(int)(0.9 * (sorted.Length - 1))]);
        high = Math.Max(high, low + 1e-3);
        foreach (var (which, name, color) in (ReadOnlySpan<(bool, string, Color)>)[(false, "ordinary", Chart.Blue), (true, "anomalies", Chart.Red)])
        {
            var histogram = ScottPlot.Statistics.Histogram.WithBinCount(Bins, low, high);
            histogram.AddRange(scores.Where((_, row) => anomalies[row] == which).Select(
                score => Math.Min(score, low + ((high - low) * (Bins - 0.5) / Bins))));
            var bars = plot.Add.Bars(histogram.Bins, histogram.Counts);
            bars.LegendText = name;
            foreach (var bar in bars.Bars)
            {
                (bar.Size, bar.LineWidth, bar.FillColor) = (histogram.FirstBinSize, 0, color.WithAlpha(0.6));
            }
        }

        plot.ShowLegend(Alignment.UpperCenter);
        plot.Axes.Margins(bottom: 0);
        return plot.ToPng();
    }
}
