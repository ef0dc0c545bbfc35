namespace MAFlow.MLNet.Scoring;

/// <summary>Standard normal noise that is a function of a seed and of the number of a row.</summary>
internal static class RowNoise
{
    /// <summary>A standard normal number, by the method of Box and Muller (1958).</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="row">The number of the row.</param>
    /// <param name="coordinate">Which of the numbers of the row.</param>
    public static double Normal(int seed, long row, int coordinate = 0)
    {
        // So far apart that no row of one coordinate meets a row of another.
        var place = (ulong)row + ((ulong)coordinate * 0x9FB21C651E98DF25UL);
        var state = Mix(((ulong)(uint)seed << 32) ^ 0x636F6E74657874UL) + place;
        var (first, second) = (Mix(state), Mix(state ^ 0xD1B54A32D192ED03UL));
        // Above 0, so that it has a logarithm.
        var radius = Math.Sqrt(-2 * Math.Log(Uniform(first)));
        return radius * Math.Cos(2 * Math.PI * Uniform(second));
    }

    private static double Uniform(ulong bits) => ((bits >> 11) + 0.5) / (1UL << 53);

    /// <summary>The step of SplitMix64: Steele, Lea, Flood (2014).</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
