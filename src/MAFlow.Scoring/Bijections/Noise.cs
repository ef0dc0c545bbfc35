namespace MAFlow.Scoring.Bijections;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): uniform numbers from a state.</summary>
internal static class Noise
{
    /// <summary>State before the first level of a row.</summary>
    public const ulong Seed = 0x6D61666C6F77UL;
    public const ulong Increment = 0x9E3779B97F4A7C15UL;
    public const ulong FirstFactor = 0xBF58476D1CE4E5B9UL;
    public const ulong SecondFactor = 0x94D049BB133111EBUL;

    /// <summary>The next number, in (0, 1).</summary>
    public static double Next(ref ulong state)
    {
        state += Increment;
        // The upper 53 bits, in the middle of their cell: never 0, never 1.
        return ((Mix(state) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * FirstFactor;
        z = (z ^ (z >> 27)) * SecondFactor;
        return z ^ (z >> 31);
    }
}
