using MAFlow.Examples;
using ScottPlot;

namespace ConditionalDensity.Figures;

/// <summary>Bands between quantiles over the points: 90%, 70%, 50%, 30% and 10%, the wider the lighter.</summary>
public static class BandChart
{
    private const int Width = 1000, Height = 620;

    /// <param name="title">Title.</param>
    /// <param name="axes">Names of both axes.</param>
    /// <param name="x">Where the quantiles are, ascending.</param>
    /// <param name="quantiles">Of each x, an odd number of them, symmetric around the median.</param>
    /// <param name="points">What was observed.</param>
    public static byte[] Draw(
        string title, (string X, string Y) axes, double[] x, float[][] quantiles, IReadOnlyList<(double X, double Y)> points)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        var count = quantiles[0].Length;
        var colour = Color.FromHex("#1f4e8c");
        for (var k = 0; k < count / 2; k++)
        {
            var band = plot.Add.FillY(x, At(quantiles, k), At(quantiles, count - 1 - k));
            band.FillColor = colour.WithAlpha(0.16);
            band.LineWidth = 0;
        }

        var dots = plot.Add.ScatterPoints(points.Select(point => point.X).ToArray(), points.Select(point => point.Y).ToArray(), Color.FromHex("#b03a2e").WithAlpha(0.55));
        dots.MarkerSize = 4;
        dots.LegendText = "test rows";
        var median = plot.Add.ScatterLine(x, At(quantiles, count / 2), colour);
        median.LineWidth = 2.5f;
        median.LegendText = "median, and bands of 10 to 90%";
        plot.Title(title, size: 20);
        plot.XLabel(axes.X, size: 17);
        plot.YLabel(axes.Y, size: 17);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.Legend.FontSize = 16;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static double[] At(float[][] quantiles, int level) => [.. quantiles.Select(row => (double)row[level])];
}
