using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace DigitsDensity;

/// <summary>The embedded UCI optical digits, in a split that never changes: it does not depend on <c>--seed</c>.</summary>
/// <remarks>
/// The file's row numbers are put in the order <c>new SplitMix64(180910188).Permutation(1797)</c>;
/// the first 1,297 are for training, the next 250 for validation, the last 250 for testing.
/// </remarks>
public sealed record DigitsData(IReadOnlyList<Digit> Training, IReadOnlyList<Digit> Validation, IReadOnlyList<Digit> Test)
{
    private const int TrainingCount = 1297, ValidationCount = 250, TestCount = 250;
    private const ulong SplitSeed = 180910188;

    public static DigitsData Load()
    {
        Digit[] all = ReadAll();
        int[] order = new SplitMix64(SplitSeed).Permutation(all.Length);
        Digit[] Part(int start, int count) => [.. order.AsSpan(start, count).ToArray().Select(row => all[row])];
        return new DigitsData(
            Part(0, TrainingCount),
            Part(TrainingCount, ValidationCount),
            Part(TrainingCount + ValidationCount, TestCount));
    }

    private static Digit[] ReadAll()
    {
        using Stream resource = typeof(DigitsData).Assembly.GetManifestResourceStream("digits.csv.gz")
            ?? throw new InvalidOperationException("The program was built without its data, the resource digits.csv.gz.");
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));

        var digits = new List<Digit>();
        while (reader.ReadLine() is { } line)
        {
            digits.Add(Parse(line));
        }

        const int expected = TrainingCount + ValidationCount + TestCount;
        return digits.Count == expected
            ? [.. digits]
            : throw new InvalidDataException($"digits.csv.gz has {digits.Count} rows, expected {expected}.");
    }

    private static Digit Parse(string line)
    {
        string[] cells = line.Split(',');
        if (cells.Length != Digit.PixelCount + 1)
        {
            throw new InvalidDataException($"A row of digits.csv.gz has {cells.Length} cells, expected {Digit.PixelCount + 1}.");
        }

        return new Digit
        {
            Pixels = [.. cells.Take(Digit.PixelCount).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))],
            Class = int.Parse(cells[^1], CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>One row of the data: an 8 x 8 image, row by row, with ink 0 .. 16 per pixel. The class is not used in training.</summary>
public sealed class Digit
{
    public const int Side = 8;
    public const int PixelCount = Side * Side;
    public const int MaximumInk = 16;

    [VectorType(PixelCount)]
    public float[] Pixels { get; set; } = [];

    public int Class { get; set; }
}

/// <summary>Digits as tensors, for what an ML.NET pipeline does not offer: other depths, intermediate states.</summary>
public static class DigitTensors
{
    /// <summary>Shape [digits, 64].</summary>
    public static Tensor ToTensor(this IEnumerable<Digit> digits)
    {
        float[] pixels = [.. digits.SelectMany(digit => digit.Pixels)];
        return tensor(pixels, [pixels.Length / Digit.PixelCount, Digit.PixelCount]);
    }

    /// <summary>The numbers of a vector.</summary>
    public static double[] ToNumbers(this Tensor vector)
    {
        using var contiguous = vector.to(ScalarType.Float64).contiguous();
        return contiguous.data<double>().ToArray();
    }
}
