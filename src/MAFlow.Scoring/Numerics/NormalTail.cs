using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>The distribution function of the standard normal in logarithms, where its own values are long zero.</summary>
internal static class NormalTail
{
    // ln √(2π)
    public const double LogNorm = 0.91893853320467274178;

    // From here on ten terms of the series are exact to rounding.
    public const double Far = -20;
    public const int Terms = 10;

    // Down to here the quantile function is exact, and one correction takes what rounding has left.
    public const double Representable = -600;
    private const int CorrectionsBeyond = 4;

    /// <summary>Φ(u); 0 from where it is no normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Mass(double u) => u < -37 ? 0 : u > 9 ? 1 : 0.5 * SpecialFunctions.Erfc(-u / Math.Sqrt(2));

    /// <summary>ln Φ(u).</summary>
    /// <remarks>Φ(u) = ½ erfc(-u/√2); far on the left φ(u)/|u| · (1 - 1/u² + 3/u⁴ - 15/u⁶ + …). Abramowitz, Stegun, 26.2.12.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Log(double u)
    {
        if (u < Far)
        {
            return Math.Log(Series(u)) - (0.5 * u * u) - Math.Log(-u) - LogNorm;
        }

        var half = 0.5 * SpecialFunctions.Erfc(Math.Abs(u) / Math.Sqrt(2));
        return u < 0 ? Math.Log(half) : SpecialFunctions.Log1P(-half);
    }

    /// <summary>The y ≤ 0 with ln Φ(y) = ℓ.</summary>
    /// <param name="logarithm">ℓ of at most ln ½.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Quantile(double logarithm)
    {
        if (logarithm >= Representable)
        {
            return Corrected(SpecialFunctions.NormalQuantileOfLogarithm(logarithm), logarithm);
        }

        // Far out Φ(y) is about e^{-y²/2} / |y|√(2π).
        var doubled = -2 * logarithm;
        var y = -Math.Sqrt(doubled - Math.Log(doubled) - (2 * LogNorm));
        for (var i = 0; i < CorrectionsBeyond; i++)
        {
            y = Corrected(y, logarithm);
        }

        return y;
    }

    private static double Series(double u)
    {
        var (inverse, sum) = (1 / (u * u), 1.0);
        for (var k = Terms; k > 0; k--)
        {
            sum = (inverse * sum * (1 - (2 * k))) + 1;
        }

        return sum;
    }

    /// <summary>A step of Newton's method; d ln Φ(y) / dy = φ(y) / Φ(y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Corrected(double y, double logarithm)
    {
        var log = Log(y);
        var hazard = y < Far ? -y / Series(y) : Math.Exp((-0.5 * y * y) - LogNorm - log);
        return y - ((log - logarithm) / hazard);
    }
}
