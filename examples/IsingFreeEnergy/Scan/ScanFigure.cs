using MAFlow.Examples;
using ScottPlot;
using SkiaSharp;

namespace IsingFreeEnergy.Scan;

/// <summary>Free energy, energy, specific heat, |m|, Binder cumulant and effective samples against the temperature, over the exact
/// curves.</summary>
public static class ScanFigure
{
    private const int Width = 620, Height = 430, Columns = 2, CurvePoints = 200;

    private static readonly Color _blue = Color.FromHex("#1f4e8c"), _red = Color.FromHex("#b03a2e"), _gray = Color.FromHex("#777777");

    public static byte[] Draw(IReadOnlyList<ScanPoint> scan)
    {
        ArgumentNullException.ThrowIfNull(scan);
        FigureFont.UseInScottPlot();
        var curve = Exact(scan);
        byte[][] panels =
        [
            Panel(scan, "free energy f", point => point.FreeEnergy, curve, exact => exact.FreeEnergy),
            Panel(scan, "energy e", point => point.Energy, curve, exact => exact.Energy),
            Panel(scan, "specific heat c", point => point.SpecificHeat, curve, exact => exact.SpecificHeat),
            Panel(scan, "|m|", point => point.Magnetization, reference: point => point.ReferenceMagnetization),
            Panel(scan, "Binder cumulant", point => point.BinderCumulant, reference: point => point.ReferenceBinderCumulant),
            Panel(scan, "effective samples / samples", point => new(point.EffectiveSampleFraction, 0)),
        ];
        using var page = new SKBitmap(Columns * Width, panels.Length / Columns * Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(page);
        canvas.Clear(SKColors.White);
        foreach (var (number, panel) in panels.Index())
        {
            using var picture = SKBitmap.Decode(panel);
            canvas.DrawBitmap(picture, number % Columns * Width, number / Columns * Height);
        }

        using var png = page.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static List<(double Temperature, SpinThermodynamics Exact)> Exact(IReadOnlyList<ScanPoint> scan)
    {
        var (first, last) = (scan[0].Temperature, scan[^1].Temperature);
        return [.. Enumerable.Range(0, CurvePoints).Select(place =>
        {
            var temperature = first + ((last - first) * place / (CurvePoints - 1));
            using var energy = new IsingEnergy(Lattice.Square(scan[0].Size), temperature);
            return (temperature, energy.ExactThermodynamics()!);
        })];
    }

    private static byte[] Panel(
        IReadOnlyList<ScanPoint> scan, string title, Func<ScanPoint, Measured> value,
        List<(double Temperature, SpinThermodynamics Exact)>? curve = null, Func<SpinThermodynamics, double>? exact = null, Func<ScanPoint, Measured>? reference = null)
    {
        using var plot = new Plot();
        if (curve is not null && exact is not null)
        {
            var line = plot.Add.Scatter(curve.Select(point => point.Temperature).ToArray(), curve.Select(point => exact(point.Exact)).ToArray(), _red);
            (line.LineWidth, line.MarkerSize, line.LegendText) = (2, 0, "exact");
        }

        if (reference is not null)
        {
            Markers(plot, scan, reference, _gray, MarkerShape.OpenSquare, "cluster chains");
        }

        Markers(plot, [.. scan.Where(point => point.Problems.Count == 0)], value, _blue, MarkerShape.FilledCircle, "flow");
        Markers(plot, [.. scan.Where(point => point.Problems.Count > 0)], value, _blue, MarkerShape.OpenCircle, "flow, not reliable");
        var critical = plot.Add.VerticalLine(IsingEnergy.CriticalTemperature, 1, _gray.WithAlpha(0.6), LinePattern.Dotted);
        critical.EnableAutoscale = IsingEnergy.CriticalTemperature > scan[0].Temperature && IsingEnergy.CriticalTemperature < scan[^1].Temperature;
        critical.IsVisible = critical.EnableAutoscale;
        plot.Title(title, size: 20);
        plot.XLabel("temperature T / J", size: 17);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        plot.Legend.FontSize = 14;
        // Where the curve is not: quantities that rise with the temperature leave the other corner free.
        plot.ShowLegend(value(scan[^1]).Value > value(scan[0]).Value ? Alignment.UpperLeft : Alignment.UpperRight);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void Markers(Plot plot, IReadOnlyList<ScanPoint> scan, Func<ScanPoint, Measured> value, Color color, MarkerShape shape, string name)
    {
        if (scan.Count == 0)
        {
            return;
        }

        var (x, y) = (scan.Select(point => point.Temperature).ToArray(), scan.Select(point => value(point).Value).ToArray());
        var markers = plot.Add.ScatterPoints(x, y, color);
        (markers.MarkerShape, markers.MarkerSize, markers.MarkerLineWidth, markers.LegendText) = (shape, 8, 1.5f, name);
        var bars = plot.Add.ErrorBar(x, y, scan.Select(point => value(point).StandardError).ToArray());
        (bars.Color, bars.LineWidth) = (color, 1.5f);
    }
}
