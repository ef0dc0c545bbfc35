using ConditionalDensity.Methods;
using MAFlow.Examples;
using ScottPlot;

namespace ConditionalDensity.Figures;

/// <summary>Histograms of P(y ≤ label), which are flat where the distributions are right.</summary>
public static class CumulativeChart
{
    private const int Width = 1000, Height = 480;
    private static readonly string[] _colours = ["#1f4e8c", "#a8742c"];

    public static byte[] Draw(string title, IReadOnlyList<MethodResult> results)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        for (var k = 0; k < results.Count; k++)
        {
            var counts = results[k].Histogram;
            var size = 1.0 / counts.Count;
            // Each bin as a step of the outline.
            double[] x = [0, .. Enumerable.Range(0, counts.Count).SelectMany(bin => (double[])[bin * size, (bin + 1) * size]), 1];
            double[] y = [0, .. counts.SelectMany(count => (double[])[count, count]), 0];
            var line = plot.Add.ScatterLine(x, y, Color.FromHex(_colours[k % _colours.Length]));
            line.LineWidth = 2.5f;
            line.LegendText = results[k].Method;
        }

        var level = plot.Add.HorizontalLine((double)results[0].Histogram.Sum() / results[0].Histogram.Count, 1.5f, Colors.Black.WithOpacity(0.5), LinePattern.Dashed);
        level.LegendText = "right distributions";
        plot.Title(title, size: 20);
        plot.XLabel("share of the predicted distribution below the label", size: 17);
        plot.YLabel("test rows", size: 17);
        plot.ShowLegend(Alignment.UpperCenter);
        plot.Legend.FontSize = 16;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Axes.SetLimitsY(0, 1.4 * results.Max(result => result.Histogram.Max()));
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }
}
