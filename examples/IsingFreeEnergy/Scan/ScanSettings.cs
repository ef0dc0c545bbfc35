namespace IsingFreeEnergy.Scan;

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
        ArgumentNullException.ThrowIfNull(text);
        FormatException Wrong() => new($"Expected temperatures as FROM:TO:COUNT or as a list separated by commas, all from 0.1 to 1000, got '{text}'.");
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
