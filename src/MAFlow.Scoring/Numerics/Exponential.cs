using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>The exponential function of each lane, and the functions of hidden units that are made of it.</summary>
/// <remarks>
/// With n = round(x / ln 2) and r = x - n ln 2, |r| ≤ ½ ln 2: eˣ = 2ⁿ eʳ, where eʳ - 1 is its Taylor series of degree 7 in float32 and 13
/// in float64. What is cut off is below a tenth of the last digit.
/// </remarks>
internal static class Exponential<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    /// <summary>eˣ; of x beyond the range of the type its end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Power(V x)
    {
        var (power, rest) = Reduced(x);
        return S.MultiplyAdd(power, rest, power);
    }

    /// <summary>f'(y) = 1/(1 + e⁻ʸ) of softplus.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Logistic(V y)
    {
        var one = S.Constant(1);
        return S.Divide(one, S.Add(one, Power(S.Subtract(S.Constant(0), y))));
    }

    /// <summary>f'(y) = tanh y = -E/(E + 2) of ln cosh, with E = e^(-2|y|) - 1 and the sign of y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tangent(V y)
    {
        var (power, rest) = Reduced(S.Multiply(S.Constant(-2), S.Magnitude(y)));
        var difference = S.MultiplyAdd(power, rest, S.Subtract(power, S.Constant(1)));
        var quotient = S.Divide(difference, S.Add(difference, S.Constant(2)));
        return S.WithSign(S.Magnitude(quotient), y);
    }

    /// <summary>2ⁿ and eʳ - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Power, V Remainder) Reduced(V x)
    {
        // Adding 3·2^(digits-2) rounds to a whole number, which then stands in the lowest bits; with the bias of the exponent added,
        // a shift makes the power of two.
        var isSingle = typeof(T) == typeof(float);
        var limited = S.Clamp(x, S.Constant(isSingle ? 87 : 708));
        var rounding = S.Constant(isSingle ? 12582912.0 + 127 : 6755399441055744.0 + 1023);
        var shifted = S.MultiplyAdd(limited, S.Constant(1.4426950408889634), rounding);
        var n = S.Subtract(shifted, rounding);
        // ln 2 in two parts, the first of which has so few digits that its product with n is exact.
        var r = S.MultiplyAdd(n, S.Constant(isSingle ? -0.693359375 : -0.693147180369123816490), limited);
        r = S.MultiplyAdd(n, S.Constant(isSingle ? 2.12194440054690583e-4 : -1.90821492927058770002e-10), r);
        return (S.ShiftIntoExponent(shifted), isSingle ? ShortSeries(r) : LongSeries(r));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ShortSeries(V r)
    {
        var p = S.MultiplyAdd(S.Constant(1 / 5040.0), r, S.Constant(1 / 720.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 120.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 24.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 6.0));
        p = S.MultiplyAdd(p, r, S.Constant(0.5));
        return S.MultiplyAdd(p, S.Multiply(r, r), r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LongSeries(V r)
    {
        var p = S.MultiplyAdd(S.Constant(1 / 6227020800.0), r, S.Constant(1 / 479001600.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 39916800.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 3628800.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 362880.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 40320.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 5040.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 720.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 120.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 24.0));
        p = S.MultiplyAdd(p, r, S.Constant(1 / 6.0));
        p = S.MultiplyAdd(p, r, S.Constant(0.5));
        return S.MultiplyAdd(p, S.Multiply(r, r), r);
    }
}
