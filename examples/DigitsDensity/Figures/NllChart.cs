using MAFlow.Examples;
using ScottPlot;

namespace DigitsDensity.Figures;

/// <summary>Training and validation NLL against the epoch, with the test NLL of both Gaussians as horizontal lines.</summary>
public static class NllChart
{
    private const int Width = 1000, Height = 560;
    private const float LabelDistance = 6;

    public static byte[] Draw(IReadOnlyList<TrainingRecord> history, double diagonalGaussian, double fullGaussian)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        AddCurve(
            plot,
            [.. history.Select(epoch => (epoch.Round, epoch.Loss))],
            "flow, training",
            Color.FromHex("#6a9fd4"),
            Alignment.UpperRight);
        AddCurve(
            plot,
            [.. history.Where(epoch => epoch.ValidationNll is not null).Select(epoch => (epoch.Round, epoch.ValidationNll!.Value))],
            "flow, validation",
            Color.FromHex("#1f4e8c"),
            Alignment.LowerRight);
        var last = history.Count == 0 ? 1 : history[^1].Round;
        AddLevel(plot, last, diagonalGaussian, "diagonal Gaussian, test", Color.FromHex("#a8742c"));
        AddLevel(plot, last, fullGaussian, "full-covariance Gaussian, test", Color.FromHex("#b03a2e"));
        Dress(plot);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void AddCurve(Plot plot, (int Epoch, double Nll)[] points, string label, Color color, Alignment labelSide)
    {
        if (points.Length == 0)
        {
            return;
        }

        var curve = plot.Add.Scatter(
            points.Select(point => (double)point.Epoch).ToArray(), points.Select(point => point.Nll).ToArray(), color);
        curve.LineWidth = 2.5f;
        // A curve of a few epochs would be hard to see, and of one epoch invisible.
        curve.MarkerSize = points.Length < 10 ? 7 : 0;
        AddLabel(plot, points[^1].Epoch, points[^1].Nll, label, color, labelSide);
    }

    private static void AddLevel(Plot plot, double lastEpoch, double nll, string label, Color color)
    {
        plot.Add.HorizontalLine(nll, 2, color, LinePattern.Dashed);
        AddLabel(plot, lastEpoch, nll, label, color, Alignment.LowerRight);
    }

    private static void AddLabel(Plot plot, double x, double y, string label, Color color, Alignment side)
    {
        var text = plot.Add.Text(label, x, y);
        text.LabelFontSize = 16;
        text.LabelFontColor = color;
        text.LabelAlignment = side;
        text.OffsetY = side == Alignment.LowerRight ? -LabelDistance : LabelDistance;
    }

    private static void Dress(Plot plot)
    {
        plot.Title("UCI digits: negative log-likelihood", size: 20);
        plot.XLabel("epoch", size: 17);
        plot.YLabel("nats per image", size: 17);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Axes.Margins(left: 0.02, right: 0.02, bottom: 0.14, top: 0.1);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
    }
}
