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

/// <summary>SplitMix64 (Steele, Lea, Flood, 2014): a 64-bit counter through a mixing function, the same on every platform.</summary>
/// <remarks>What must never change, the split of the data and the shuffled pixels, is drawn from it.</remarks>
public sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number in 0 .. <paramref name="bound"/> - 1: the high half of a 128-bit product.</summary>
    /// <remarks>The bias is below bound / 2^64, so no draw is rejected and every permutation costs the same number of draws.</remarks>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)Math.BigMul(Next(), (ulong)bound, out _);
    }

    /// <summary>A random order of 0 .. <paramref name="count"/> - 1 (Fisher-Yates, from the last place down to the second).</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        for (int i = count - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
