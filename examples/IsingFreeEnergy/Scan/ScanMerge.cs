using System.Globalization;
using MAFlow.Examples;

namespace IsingFreeEnergy.Scan;

/// <summary>Joins the points of a scan into a table and a figure.</summary>
public static class ScanMerge
{
    /// <summary>Writes scan.csv and scan.png.</summary>
    /// <exception cref="FormatException">A point is missing, or a file is damaged.</exception>
    public static void Run(ScanFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
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
        ResultPrinter.PrintFiles([files["scan.csv"], files["scan.png"]]);
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
