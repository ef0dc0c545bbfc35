using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>Functions of one float64 number that .NET does not have, or not to the last digits.</summary>
internal static class SpecialFunctions
{
    // Wichura (1988), algorithm AS 241, PPND16: numerators and denominators for the middle, the flanks and the far tails.
    public static readonly double[] MiddleTop =
    [
        2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
        1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
    ];

    public static readonly double[] MiddleBottom =
    [
        5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
        687.1870074920579083, 42.313330701600911252, 1,
    ];

    public static readonly double[] FlankTop =
    [
        7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504,
        5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
    ];

    public static readonly double[] FlankBottom =
    [
        1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455,
        1.6763848301838038494, 2.05319162663775882187, 1,
    ];

    public static readonly double[] TailTop =
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
        0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
    ];

    public static readonly double[] TailBottom =
    [
        2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
        0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1,
    ];

    // Cody (1969), rational approximations of the error function.
    public static readonly double[] ErfTop =
        [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];

    public static readonly double[] ErfBottom =
        [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    public static readonly double[] ErfcTop =
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
        8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    public static readonly double[] ErfcBottom =
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
        4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ];

    public static readonly double[] FarTop =
    [
        1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
        6.58749161529837803e-4,
    ];

    public static readonly double[] FarBottom =
        [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    /// <summary>ln(1 + x), after Kahan: the rounding of 1 + x cancels in the quotient.</summary>
    public static double Log1P(double x)
    {
        var sum = 1 + x;
        return sum == 1 || double.IsPositiveInfinity(x) ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>eˣ - 1, after Kahan.</summary>
    public static double ExpM1(double x)
    {
        var power = Math.Exp(x);
        return power == 1 ? x
            : power - 1 == -1 || double.IsPositiveInfinity(power) ? power - 1
            : (power - 1) * (x / Math.Log(power));
    }

    /// <summary>The standard normal quantile of p = (1 + w)/2, which is √2 erf⁻¹(w).</summary>
    /// <param name="w">From -1 to 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double NormalQuantile(double w)
    {
        var q = 0.5 * w;
        if (Math.Abs(q) <= 0.425)
        {
            var r = 0.180625 - (q * q);
            return q * Polynomial(MiddleTop, r) / Polynomial(MiddleBottom, r);
        }

        return Math.CopySign(TailQuantile(Math.Log(0.5 * (1 - Math.Abs(w)))), w);
    }

    /// <summary>The standard normal quantile of p ≤ ½, which is not positive.</summary>
    /// <param name="logarithm">ln p, from -700 to ln ½.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double NormalQuantileOfLogarithm(double logarithm)
    {
        var p = Math.Exp(logarithm);
        return p >= 0.075 ? NormalQuantile((2 * p) - 1) : -TailQuantile(logarithm);
    }

    /// <summary>The complementary error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Erfc(double x)
    {
        var size = Math.Abs(x);
        if (size <= 0.46875)
        {
            var square = x * x;
            return 1 - (x * Polynomial(ErfTop, square) / Polynomial(ErfBottom, square));
        }

        double value;
        if (size <= 4)
        {
            value = Polynomial(ErfcTop, size) / Polynomial(ErfcBottom, size);
        }
        else
        {
            var square = 1 / (size * size);
            value = ((1 / Math.Sqrt(Math.PI)) - (square * Polynomial(FarTop, square) / Polynomial(FarBottom, square))) / size;
        }

        // e^(-x²) in two factors, the square of the first of which is exact.
        var coarse = Math.Truncate(size * 16) / 16;
        value *= Math.Exp(-coarse * coarse) * Math.Exp(-(size - coarse) * (size + coarse));
        return x < 0 ? 2 - value : size > 27 ? 0 : value;
    }

    /// <summary>|y| with the mass p beyond it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double TailQuantile(double logarithm)
    {
        var tail = Math.Sqrt(-logarithm);
        return tail <= 5
            ? Polynomial(FlankTop, tail - 1.6) / Polynomial(FlankBottom, tail - 1.6)
            : Polynomial(TailTop, tail - 5) / Polynomial(TailBottom, tail - 5);
    }

    /// <summary>Coefficients from the highest power down.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Polynomial(double[] coefficients, double x)
    {
        var value = coefficients[0];
        for (var i = 1; i < coefficients.Length; i++)
        {
            value = (value * x) + coefficients[i];
        }

        return value;
    }
}
