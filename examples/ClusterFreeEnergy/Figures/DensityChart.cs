using MAFlow.Examples;
using ScottPlot;

namespace ClusterFreeEnergy.Figures;

/// <summary>Densities by three methods in one chart: Monte Carlo as an area, the flow and its reweighted samples as lines.</summary>
public static class DensityChart
{
    private const int Width = 1000, Height = 620;

    private static readonly Color _grey = Color.FromHex("#8a8a8a"), _red = Color.FromHex("#b03a2e"), _blue = Color.FromHex("#1f4e8c");

    /// <param name="title">Above the chart.</param>
    /// <param name="label">Of the horizontal axis.</param>
    /// <param name="chains">By Monte Carlo.</param>
    /// <param name="drawn">Of the flow's samples.</param>
    /// <param name="weighted">Of the same with their weights.</param>
    /// <returns>A PNG.</returns>
    public static byte[] Draw(string title, string label, Histogram chains, Histogram drawn, Histogram weighted)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        var centres = chains.Centres.ToArray();
        var area = plot.Add.FillY(centres, new double[centres.Length], [.. chains.Densities]);
        (area.FillColor, area.LineWidth, area.MarkerSize, area.LegendText) = (_grey.WithAlpha(0.35), 0, 0, "Monte Carlo");
        Line(drawn, "flow", _red, LinePattern.Dashed);
        Line(weighted, "flow, reweighted", _blue, LinePattern.Solid);
        plot.Title(title, size: 20);
        plot.XLabel(label, size: 17);
        plot.YLabel("density", size: 17);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 85;
        plot.Axes.Right.MinimumSize = 30;
        plot.Axes.Margins(left: 0, right: 0, bottom: 0, top: 0.1);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        plot.Legend.FontSize = 15;
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);

        void Line(Histogram histogram, string name, Color color, LinePattern pattern)
        {
            var line = plot.Add.Scatter(centres, histogram.Densities.ToArray(), color);
            (line.LineWidth, line.MarkerSize, line.LegendText, line.LinePattern) = (2.5f, 0, name, pattern);
        }
    }
}
