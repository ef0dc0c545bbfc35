namespace MAFlow.MLNet.Data;

/// <summary>Finite numbers: neither NaN, which stands for a missing value in ML.NET, nor infinite.</summary>
internal static class Finite
{
    public static bool All(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}
