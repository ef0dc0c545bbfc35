using System.Globalization;
using MAFlow.Examples;

namespace IsingFreeEnergy.Scan;

/// <summary>The files of a scan: what it computes, and for each point its result and its flow.</summary>
public sealed class ScanFiles(DirectoryInfo folder)
{
    private sealed record Plan(int Size, IReadOnlyList<double> Temperatures);

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string Flow(int index) => this[Name("flow", index, "safetensors")];

    public string Checkpoint(int index) => this[Name("training", index, "safetensors")];

    /// <summary>Begins a scan, or joins the one that other tasks have begun.</summary>
    /// <exception cref="FormatException">The folder holds another scan.</exception>
    public void Begin(ScanSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!File.Exists(this["scan.json"]))
        {
            ReportFile.Save(this["scan.json"], new Plan(settings.Size, settings.Temperatures));
            return;
        }

        var (size, temperatures) = ReportFile.Read<Plan>(this["scan.json"]);
        if (size != settings.Size || !temperatures.SequenceEqual(settings.Temperatures))
        {
            throw new FormatException(
                $"Expected the scan that '{folder}' holds, size {size} at {string.Join(", ", temperatures.Select(Text))}, got size {settings.Size} at "
                + $"{string.Join(", ", settings.Temperatures.Select(Text))}; give that one, or another --output.");
        }
    }

    /// <summary>The temperatures of the scan in the folder.</summary>
    /// <exception cref="FormatException">There is no scan, or the file is damaged.</exception>
    public IReadOnlyList<double> Temperatures() => File.Exists(this["scan.json"])
        ? ReportFile.Read<Plan>(this["scan.json"]).Temperatures
        : throw new FormatException($"Expected a scan in '{folder}', got a folder without scan.json; give --output the folder of a scan.");

    /// <summary>The result of a point, or null while there is none.</summary>
    public ScanPoint? Point(int index) => this[Name("point", index, "json")] is var path && File.Exists(path) ? ReportFile.Read<ScanPoint>(path) : null;

    public void Keep(ScanPoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        ReportFile.Save(this[Name("point", point.Index, "json")], point);
    }

    private static string Name(string kind, int index, string extension) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{index:D3}.{extension}");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
