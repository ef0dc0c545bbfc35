using ScottPlot;

namespace DigitsDensity.Figures;

/// <summary>Training and validation NLL against the epoch, with the test NLL of both Gaussians as horizontal lines.</summary>
public static class NllChart
{
    private const int Width = 1000, Height = 560;

    public static byte[] Draw(
        IReadOnlyList<double> epochs, IReadOnlyList<double> training, IReadOnlyList<double> validation, double diagonalGaussian, double fullGaussian)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        double[] x = [.. epochs];

        AddCurve(plot, x, training, "training", Color.FromHex("#7aa6d8"));
        AddCurve(plot, x, validation, "validation", Color.FromHex("#1f4e8c"));
        AddLevel(plot, x, diagonalGaussian, "diagonal Gaussian", Color.FromHex("#b0762e"));
        AddLevel(plot, x, fullGaussian, "full-covariance Gaussian", Color.FromHex("#b03a2e"));

        plot.Title("UCI digits: negative log-likelihood", size: 20);
        plot.XLabel("epoch", size: 17);
        plot.YLabel("nats per image", size: 17);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Legend.FontSize = 15;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.ShowLegend(Alignment.UpperRight);
        plot.HideAxesAndGridTopRight();
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void HideAxesAndGridTopRight(this Plot plot)
    {
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
    }

    private static void AddCurve(Plot plot, double[] x, IReadOnlyList<double> y, string label, Color color)
    {
        var curve = plot.Add.Scatter(x, y.ToArray());
        curve.LegendText = label;
        curve.Color = color;
        curve.LineWidth = 2.5f;
        curve.MarkerSize = x.Length < 10 ? 7 : 0;
    }

    private static void AddLevel(Plot plot, double[] x, double y, string label, Color color)
    {
        var line = plot.Add.HorizontalLine(y, 2, color, LinePattern.Dashed);
        line.LegendText = label;
    }
}
