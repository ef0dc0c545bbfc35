namespace MAFlow.Torch.Bijections;

/// <summary>
/// The deterministic noise with which quantised rows are scored: uniform numbers that are a function of the row's own levels.
/// </summary>
/// <remarks>
/// A row scores the same in any batch, at any position, in any process. Different rows get independent noise, so the mean of -ln p over a
/// data set
/// is an unbiased estimate of the dequantised negative log-likelihood; the centre of each bin would be an untypical, flattering point.
/// Hash and generator: SplitMix64 (Steele, Lea, Flood 2014).
/// </remarks>
internal static class DequantizationNoise
{
    /// <summary>Fills <paramref name="noise"/> with one number in (0, 1) per level of the row.</summary>
    public static void Fill(ReadOnlySpan<int> levels, Span<double> noise)
    {
        var state = 0x6D61666C6F77UL;
        foreach (var level in levels)
        {
            state = Mix(state ^ (uint)level) + 0x9E3779B97F4A7C15UL;
        }

        for (var i = 0; i < noise.Length; i++)
        {
            state += 0x9E3779B97F4A7C15UL;
            // The upper 53 bits, in the middle of their cell: never 0, never 1.
            noise[i] = ((Mix(state) >> 11) + 0.5) * (1.0 / (1UL << 53));
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
