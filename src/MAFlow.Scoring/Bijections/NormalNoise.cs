namespace MAFlow.Scoring.Bijections;

/// <summary>Standard normal numbers that are a function of a seed, a row and a coordinate.</summary>
internal static class NormalNoise
{
    /// <summary>Fills one row.</summary>
    public static void Fill(ulong seed, int row, Span<double> values)
    {
        var state = Noise.Mix(Noise.Mix(seed + Noise.Increment) ^ (ulong)row);
        foreach (ref var value in values)
        {
            value = SpecialFunctions.NormalQuantile((2 * Noise.Next(ref state)) - 1);
        }
    }
}
