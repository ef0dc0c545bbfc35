using System.Globalization;
using MAFlow.Examples;

namespace IsingFreeEnergy;

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
    public ScanPoint? Point(int index) =>
        this[Name("point", index, "json")] is var path && File.Exists(path) ? ReportFile.Read<ScanPoint>(path) : null;

    public void Keep(ScanPoint point)
    {
        ReportFile.Save(this[Name("point", point.Index, "json")], point);
    }

    private static string Name(string kind, int index, string extension) => string.Create(
        CultureInfo.InvariantCulture, $"{kind}-{index:D3}.{extension}");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One temperature of a scan; all per site of the spins and in units of the coupling.</summary>
public sealed record ScanPoint
{
    public required int Index { get; init; }
    public required double Temperature { get; init; }
    public required int Size { get; init; }

    /// <summary>-T ln Z / N of the spins, from importance weights.</summary>
    public required Measured FreeEnergy { get; init; }

    public required Measured Energy { get; init; }
    public required Measured SpecificHeat { get; init; }
    public required Measured Magnetization { get; init; }
    public required Measured BinderCumulant { get; init; }
    public required double ExactFreeEnergy { get; init; }
    public required double ExactEnergy { get; init; }
    public required double ExactSpecificHeat { get; init; }

    /// <summary>By exact cluster chains, which do not use the flow.</summary>
    public required Measured ReferenceMagnetization { get; init; }

    public required Measured ReferenceBinderCumulant { get; init; }

    /// <summary>Divergence of the flow from the target in nats; null where no depth converged.</summary>
    public required double? KlNats { get; init; }

    public required double EffectiveSampleFraction { get; init; }

    /// <summary>Reasons not to trust the error bars; empty where no check found one.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required long Iterations { get; init; }
    public required double Seconds { get; init; }
}

/// <summary>A number with its standard error.</summary>
public sealed record Measured(double Value, double StandardError)
{
    public static Measured Of(Estimate estimate)
    {
        return new(estimate.Value, estimate.StandardError);
    }
}

/// <summary>What a scan over temperatures computes.</summary>
/// <param name="Size">Side L of the square torus.</param>
/// <param name="Temperatures">In units of the coupling, ascending.</param>
/// <param name="Minutes">Time of each point; more than half of it trains.</param>
/// <param name="Seed">Of everything random.</param>
/// <param name="Index">The one point that is computed, as a task of a job array does; null for all of them.</param>
/// <param name="Output">Directory of the points.</param>
public sealed record ScanSettings(int Size, IReadOnlyList<double> Temperatures, double Minutes, int Seed, int? Index, DirectoryInfo Output)
{
    public TimeSpan Time => TimeSpan.FromMinutes(Minutes);

    public TimeSpan TrainingTime => 0.6 * Time;

    /// <summary>Reads 1.8:3.0:13 (from, to, number of points) or a list such as 2.1,2.27,2.5.</summary>
    /// <exception cref="FormatException">The text is neither.</exception>
    public static IReadOnlyList<double> ParseTemperatures(string text)
    {
        FormatException Wrong() => new(
            $"Expected temperatures as FROM:TO:COUNT or as a list separated by commas, all from 0.1 to 1000, got '{text}'.");
        double Number(string part) => double.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= 0.1 and <= 1000 ? value : throw Wrong();
        if (text.Split(':') is [var from, var to, var number])
        {
            var count = int.TryParse(number, out var points) && points is >= 2 and <= 1000 ? points : throw Wrong();
            var (first, last) = (Number(from), Number(to));
            return first < last ? [.. Enumerable.Range(0, count).Select(point => Math.Round(first + ((last - first) * point / (count - 1)), 10))] : throw Wrong();
        }

        return [.. text.Split(',').Select(Number).Distinct().Order()];
    }
}
