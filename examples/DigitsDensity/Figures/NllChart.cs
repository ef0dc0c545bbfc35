using MAFlow.Torch;
using ScottPlot;

namespace DigitsDensity.Figures;

/// <summary>Training and validation NLL against the epoch, with the test NLL of both Gaussians as horizontal lines.</summary>
public static class NllChart
{
    private const int Width = 1000, Height = 560;

    public static byte[] Draw(IReadOnlyList<EpochRecord> history, double diagonalGaussian, double fullGaussian)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        AddCurve(plot, [.. history.Select(epoch => (epoch.Epoch, epoch.TrainingNll))], "training", Color.FromHex("#8ab4e0"));
        AddCurve(
            plot,
            [.. history.Where(epoch => epoch.ValidationNll is not null).Select(epoch => (epoch.Epoch, epoch.ValidationNll!.Value))],
            "validation",
            Color.FromHex("#1f4e8c"));
        AddLevel(plot, diagonalGaussian, "diagonal Gaussian (test)", Color.FromHex("#c08a3e"));
        AddLevel(plot, fullGaussian, "full-covariance Gaussian (test)", Color.FromHex("#b03a2e"));
        Dress(plot);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void AddCurve(Plot plot, (int Epoch, double Nll)[] points, string label, Color color)
    {
        var curve = plot.Add.Scatter(
            points.Select(point => (double)point.Epoch).ToArray(), points.Select(point => point.Nll).ToArray(), color);
        curve.LegendText = label;
        curve.LineWidth = 2.5f;
        // A curve of a few epochs would be hard to see, and of one epoch invisible.
        curve.MarkerSize = points.Length < 10 ? 7 : 0;
    }

    private static void AddLevel(Plot plot, double nll, string label, Color color) =>
        plot.Add.HorizontalLine(nll, 2, color, LinePattern.Dashed).LegendText = label;

    private static void Dress(Plot plot)
    {
        plot.Title("UCI digits: negative log-likelihood", size: 20);
        plot.XLabel("epoch", size: 17);
        plot.YLabel("nats per image", size: 17);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 70;
        plot.Axes.Margins(horizontal: 0.02, vertical: 0.08);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        plot.Legend.FontSize = 15;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.ShowLegend(Edge.Bottom);
    }
}
