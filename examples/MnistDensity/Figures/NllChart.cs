using MAFlow.Examples;
using ScottPlot;

namespace MnistDensity.Figures;

/// <summary>NLL of all three sets against the epoch, with table 1 of the paper as horizontal lines: figure 3a of the paper.</summary>
public static class NllChart
{
    private const int Width = 1000, Height = 600;
    private const float LabelDistance = 3;

    public static byte[] Draw(IReadOnlyList<CurvePoint> curve)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        AddCurve(plot, curve, point => point.TrainNll, "train", Color.FromHex("#8ab6e0"));
        AddCurve(plot, curve, point => point.ValidationNll, "validation", Color.FromHex("#3c78b4"));
        AddCurve(plot, curve, point => point.TestNll, "test", Color.FromHex("#16365c"));
        foreach (var published in PublishedResult.Table1)
        {
            AddLevel(plot, Math.Max(1, curve.Count), published);
        }

        Dress(plot);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void AddCurve(Plot plot, IReadOnlyList<CurvePoint> curve, Func<CurvePoint, double> nll, string label, Color color)
    {
        if (curve.Count == 0)
        {
            return;
        }

        var line = plot.Add.Scatter(curve.Select(point => (double)point.Epoch).ToArray(), curve.Select(nll).ToArray(), color);
        line.LegendText = label;
        line.LineWidth = 2.5f;
        // A curve of a few epochs would be hard to see, and of one epoch invisible.
        line.MarkerSize = curve.Count < 10 ? 7 : 0;
    }

    private static void AddLevel(Plot plot, double lastEpoch, PublishedResult published)
    {
        var color = Color.FromHex("#a8742c");
        plot.Add.HorizontalLine(published.Nats, 1.5f, color, LinePattern.Dashed);
        var text = plot.Add.Text(FormattableString.Invariant($"{published.Model} {published.Nats:F1}"), lastEpoch, published.Nats);
        text.LabelFontSize = 15;
        text.LabelFontColor = color;
        text.LabelAlignment = Alignment.LowerRight;
        text.OffsetY = -LabelDistance;
    }

    private static void Dress(Plot plot)
    {
        plot.Title("MNIST: negative log-likelihood", size: 20);
        plot.XLabel("epoch", size: 17);
        plot.YLabel("nats per image in logit space", size: 17);
        plot.ShowLegend(Alignment.UpperCenter, Orientation.Horizontal);
        plot.Legend.FontSize = 16;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 76;
        plot.Axes.Margins(left: 0.03, right: 0.03, bottom: 0.08, top: 0.2);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
    }
}
