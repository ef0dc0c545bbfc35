namespace DigitsDensity;

/// <summary>Images that have the same pixels as a digit and are none: what a density has to find improbable.</summary>
public static class Corruption
{
    private const ulong ShuffleSeed = 64;

    /// <summary>The pixels of each image in a random order of its own, the same in every run.</summary>
    public static IEnumerable<Digit> ShufflePixels(IEnumerable<Digit> digits)
    {
        var random = new SplitMix64(ShuffleSeed);
        foreach (Digit digit in digits)
        {
            yield return Rearrange(digit, random.Permutation(Digit.PixelCount));
        }
    }

    /// <summary>Each image turned clockwise by 90 degrees.</summary>
    public static IEnumerable<Digit> Rotate(IEnumerable<Digit> digits)
    {
        int[] source =
            [.. Enumerable.Range(0, Digit.PixelCount).Select(target => SourceOfRotation(target / Digit.Side, target % Digit.Side))];
        return digits.Select(digit => Rearrange(digit, source));
    }

    private static int SourceOfRotation(int row, int column) => (Digit.Side - 1 - column) * Digit.Side + row;

    private static Digit Rearrange(Digit digit, int[] source) =>
        new() { Class = digit.Class, Pixels = [.. source.Select(pixel => digit.Pixels[pixel])] };
}
