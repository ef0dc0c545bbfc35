using MAFlow.Examples;
using ScottPlot;

namespace AnomalyScoring.Figures;

/// <summary>True against false positives, one curve a detector.</summary>
public static class RocChart
{
    private const int Width = 760, Height = 700;

    private static readonly string[] _colours = ["#1f4e8c", "#a8742c", "#b03a2e", "#5a7f3c"];

    public static byte[] Draw(IReadOnlyList<MethodResult> results, IReadOnlyList<bool> anomalies)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        for (var i = 0; i < results.Count; i++)
        {
            var (x, y) = Curve(results[i].Trials[0].Scores, anomalies);
            var curve = plot.Add.ScatterLine(x, y, Color.FromHex(_colours[i % _colours.Length]));
            curve.LineWidth = i == 0 ? 3.5f : 2;
            curve.LegendText = results[i].Name;
        }

        plot.Title("Receiver operating characteristic, first split", size: 20);
        plot.XLabel("share of ordinary rows called anomalies", size: 17);
        plot.YLabel("share of anomalies found", size: 17);
        plot.ShowLegend(Alignment.LowerRight);
        plot.Legend.FontSize = 16;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Axes.SetLimits(-0.01, 1.01, -0.01, 1.01);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static (double[] X, double[] Y) Curve(double[] scores, IReadOnlyList<bool> anomalies)
    {
        double positives = anomalies.Count(anomaly => anomaly), negatives = anomalies.Count - positives;
        var (x, y) = (new List<double> { 0 }, new List<double> { 0 });
        // Rows with the same score are called anomalies together.
        foreach (var tied in Enumerable.Range(0, scores.Length).GroupBy(row => scores[row]).OrderByDescending(group => group.Key))
        {
            x.Add(x[^1] + (tied.Count(row => !anomalies[row]) / negatives));
            y.Add(y[^1] + (tied.Count(row => anomalies[row]) / positives));
        }

        return ([.. x], [.. y]);
    }
}
