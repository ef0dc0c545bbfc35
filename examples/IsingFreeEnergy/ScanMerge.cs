using System.Globalization;
using MAFlow.Examples;
using ScottPlot;
using SkiaSharp;

namespace IsingFreeEnergy;

/// <summary>Joins the points of a scan into a table and a figure.</summary>
public static class ScanMerge
{
    /// <summary>Writes scan.csv and scan.png.</summary>
    /// <exception cref="FormatException">A point is missing, or a file is damaged.</exception>
    public static void Run(ScanFiles files)
    {
        var points = files.Temperatures().Select((temperature, index) => (Temperature: temperature, Index: index, Point: files.Point(index))).ToList();
        var missing = points.Where(point => point.Point is null).ToList();
        if (missing.Count > 0)
        {
            throw new FormatException(
                $"Expected all {points.Count} points of the scan, got {points.Count - missing.Count}; missing are "
                + $"{string.Join(", ", missing.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.Index} (T = {point.Temperature})")))}. Run them with --index.");
        }

        List<ScanPoint> scan = [.. points.Select(point => point.Point!)];
        AtomicFile.Write(files["scan.csv"], temporary => File.WriteAllLines(temporary, [Heading, .. scan.Select(Line)]));
        var figure = ScanFigure.Draw(scan);
        AtomicFile.Write(files["scan.png"], temporary => File.WriteAllBytes(temporary, figure));
        OutputFiles.Print([files["scan.csv"], files["scan.png"]]);
    }

    private const string Heading = "temperature,freeEnergy,freeEnergyError,exactFreeEnergy,energy,energyError,exactEnergy,specificHeat,specificHeatError,exactSpecificHeat,"
        + "magnetization,magnetizationError,binder,binderError,klNats,effectiveSampleFraction,reliable";

    private static string Line(ScanPoint point) => string.Join(',', new double?[]
    {
        point.Temperature, point.FreeEnergy.Value, point.FreeEnergy.StandardError, point.ExactFreeEnergy, point.Energy.Value, point.Energy.StandardError, point.ExactEnergy,
        point.SpecificHeat.Value, point.SpecificHeat.StandardError, point.ExactSpecificHeat, point.Magnetization.Value, point.Magnetization.StandardError,
        point.BinderCumulant.Value, point.BinderCumulant.StandardError, point.KlNats, point.EffectiveSampleFraction,
    }.Select(value => value?.ToString("R", CultureInfo.InvariantCulture) ?? "").Append(point.Problems.Count == 0 ? "yes" : "no"));
}

/// <summary>Free energy, energy, specific heat, |m|, Binder cumulant and effective samples against the temperature, over the exact
/// curves.</summary>
public static class ScanFigure
{
    private const int Width = 620, Height = 430, Columns = 2, CurvePoints = 200;

    public static byte[] Draw(IReadOnlyList<ScanPoint> scan)
    {
        var curve = Exact(scan);
        byte[][] panels =
        [
            Panel(scan, "free energy per site, f / J", point => point.FreeEnergy, curve, exact => exact.FreeEnergy),
            Panel(scan, "energy per site, e / J", point => point.Energy, curve, exact => exact.Energy),
            Panel(scan, "specific heat per site, c", point => point.SpecificHeat, curve, exact => exact.SpecificHeat),
            Panel(scan, "magnetisation |m|", point => point.Magnetization, reference: point => point.ReferenceMagnetization),
            Panel(scan, "Binder cumulant", point => point.BinderCumulant, reference: point => point.ReferenceBinderCumulant),
            Panel(scan, "effective share of samples", point => new(point.EffectiveSampleFraction, 0)),
        ];
        return TileSheet.Draw(Columns * Width, panels.Length / Columns * Height, (canvas, _, _) =>
        {
            foreach (var (number, panel) in panels.Index())
            {
                using var picture = SKBitmap.Decode(panel);
                canvas.DrawBitmap(picture, number % Columns * Width, number / Columns * Height);
            }
        });
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
        using var plot = Chart.New("", "temperature T / J", title);
        if (curve is not null && exact is not null)
        {
            var line = plot.Add.Scatter(
                curve.Select(point => point.Temperature).ToArray(), curve.Select(point => exact(point.Exact)).ToArray(), Chart.Red);
            (line.LineWidth, line.MarkerSize, line.LegendText) = (2, 0, "exact");
        }

        if (reference is not null)
        {
            Markers(plot, scan, reference, Chart.Gray, MarkerShape.OpenSquare, "cluster chains");
        }

        Markers(plot, [.. scan.Where(point => point.Problems.Count == 0)], value, Chart.Blue, MarkerShape.FilledCircle, "flow");
        Markers(plot, [.. scan.Where(point => point.Problems.Count > 0)], value, Chart.Blue, MarkerShape.OpenCircle, "flow, not reliable");
        var critical = plot.Add.VerticalLine(IsingEnergy.CriticalTemperature, 1, Chart.Gray.WithAlpha(0.6), LinePattern.Dotted);
        critical.EnableAutoscale = IsingEnergy.CriticalTemperature > scan[0].Temperature && IsingEnergy.CriticalTemperature < scan[^1].Temperature;
        critical.IsVisible = critical.EnableAutoscale;
        // Where the curve is not: quantities that rise with the temperature leave the other corner free.
        plot.ShowLegend(value(scan[^1]).Value > value(scan[0]).Value ? Alignment.UpperLeft : Alignment.UpperRight);
        return plot.ToPng(Width, Height);
    }

    private static void Markers(
        Plot plot, IReadOnlyList<ScanPoint> scan, Func<ScanPoint, Measured> value, Color color, MarkerShape shape, string name)
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
