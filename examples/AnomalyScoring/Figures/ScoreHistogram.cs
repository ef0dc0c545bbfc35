using MAFlow.Examples;
using ScottPlot;
using ScottPlot.Statistics;

namespace AnomalyScoring.Figures;

/// <summary>Histogram of the flow's scores: ordinary rows and anomalies.</summary>
public static class ScoreHistogram
{
    private const int Width = 1000, Height = 560, Bins = 50;

    public static byte[] Draw(IReadOnlyList<double> scores, IReadOnlyList<bool> anomalies)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        // A few rows lie very far out; they go into the last bin, or nothing else could be seen.
        var sorted = scores.Order().ToArray();
        var (low, high) = (sorted[0], sorted[(int)(0.9 * (sorted.Length - 1))]);
        high = Math.Max(high, low + 1e-3);
        Add(plot, Select(scores, anomalies, false), low, high, "ordinary", Color.FromHex("#1f4e8c"));
        Add(plot, Select(scores, anomalies, true), low, high, "anomalies", Color.FromHex("#b03a2e"));
        plot.Title("Scores of the test rows", size: 20);
        plot.XLabel("negative log-likelihood (nats); the last bar holds all higher ones", size: 17);
        plot.YLabel("rows", size: 17);
        plot.ShowLegend(Alignment.UpperCenter);
        plot.Legend.FontSize = 16;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Axes.Margins(bottom: 0);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static double[] Select(IReadOnlyList<double> scores, IReadOnlyList<bool> anomalies, bool which) =>
        [.. Enumerable.Range(0, scores.Count).Where(row => anomalies[row] == which).Select(row => scores[row])];

    private static void Add(Plot plot, double[] scores, double low, double high, string label, Color color)
    {
        var histogram = Histogram.WithBinCount(Bins, low, high);
        histogram.AddRange(scores.Select(score => Math.Min(score, low + ((high - low) * (Bins - 0.5) / Bins))));
        var bars = plot.Add.Bars(histogram.Bins, histogram.Counts);
        bars.LegendText = label;
        foreach (var bar in bars.Bars)
        {
            bar.Size = histogram.FirstBinSize;
            bar.LineWidth = 0;
            bar.FillColor = color.WithAlpha(0.6);
        }
    }
}
