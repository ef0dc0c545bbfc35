namespace MAFlow.Scoring.Onnx;

/// <summary>The formulas of <see cref="SpecialFunctions"/> and <see cref="NormalTail"/> as nodes: ONNX has no such functions of
/// float64.</summary>
/// <remarks>All branches are computed, and a choice takes one: a number that is none in another branch does no harm.</remarks>
internal static class NormalFunctions
{
    private const int Corrections = 4;

    /// <summary>The standard normal quantile of p = (1 + w)/2.</summary>
    public static OnnxValue Quantile(OnnxValue w)
    {
        var q = w * 0.5;
        var outer = TailQuantile(((1 - w.Abs()) * 0.5).Log()) * w.Sign();
        return (q.Abs() > 0.425).Choose(outer, MiddleQuantile(q));
    }

    /// <summary>ln Φ(u).</summary>
    public static OnnxValue LogCumulative(OnnxValue u)
    {
        var half = Erfc(u.Abs() / Math.Sqrt(2)) * 0.5;
        var near = (u < 0).Choose(half.Log(), Log1P(-half));
        var far = Series(u).Log() - (u * u * 0.5) - (-u).Log() - NormalTail.LogNorm;
        return (u < NormalTail.Far).Choose(far, near);
    }

    /// <summary>The y ≤ 0 with ln Φ(y) = ℓ, for ℓ of at most ln ½.</summary>
    public static OnnxValue QuantileOfLogarithm(OnnxValue logarithm)
    {
        var p = logarithm.Exp();
        var near = (p < 0.075).Choose(-TailQuantile(logarithm), MiddleQuantile(p - 0.5));
        var doubled = logarithm * -2;
        var y = (logarithm < NormalTail.Representable).Choose(-(doubled - doubled.Log() - (2 * NormalTail.LogNorm)).Sqrt(), near);
        for (var i = 0; i < Corrections; i++)
        {
            var log = LogCumulative(y);
            var hazard = (y < NormalTail.Far).Choose(-y / Series(y), ((y * y * -0.5) - log - NormalTail.LogNorm).Exp());
            y -= (log - logarithm) / hazard;
        }

        return y;
    }

    /// <summary>ln Σ e^t along an axis.</summary>
    public static OnnxValue LogSumOfExponentials(OnnxValue terms, long axis)
    {
        var most = terms.Largest(axis);
        return (terms - most).Exp().Sum(axis).Log() + most;
    }

    /// <summary>ln(1 + x), after Kahan.</summary>
    public static OnnxValue Log1P(OnnxValue x)
    {
        var sum = x + 1;
        return sum.EqualTo(1).Choose(x, sum.Log() * (x / (sum - 1)));
    }

    /// <summary>eˣ - 1 for x ≥ 0, after Kahan.</summary>
    public static OnnxValue ExpM1(OnnxValue x)
    {
        var power = x.Exp();
        return power.EqualTo(1).Choose(x, (power - 1) * (x / power.Log()));
    }

    private static OnnxValue MiddleQuantile(OnnxValue q)
    {
        var r = 0.180625 - (q * q);
        return q * Quotient(SpecialFunctions.MiddleTop, SpecialFunctions.MiddleBottom, r);
    }

    private static OnnxValue TailQuantile(OnnxValue logarithm)
    {
        var tail = (-logarithm).Sqrt();
        return (tail > 5).Choose(
            Quotient(SpecialFunctions.TailTop, SpecialFunctions.TailBottom, tail - 5),
            Quotient(SpecialFunctions.FlankTop, SpecialFunctions.FlankBottom, tail - 1.6));
    }

    /// <summary>The complementary error function of x ≥ 0.</summary>
    private static OnnxValue Erfc(OnnxValue x)
    {
        var square = x * x;
        var near = 1 - (x * Quotient(SpecialFunctions.ErfTop, SpecialFunctions.ErfBottom, square));
        var middle = Quotient(SpecialFunctions.ErfcTop, SpecialFunctions.ErfcBottom, x);
        var inverse = 1 / square;
        var far = ((1 / Math.Sqrt(Math.PI)) - (inverse * Quotient(SpecialFunctions.FarTop, SpecialFunctions.FarBottom, inverse))) / x;
        var coarse = (x * 16).Floor() / 16;
        var scale = (-coarse * coarse).Exp() * (-(x - coarse) * (x + coarse)).Exp();
        return (x > 0.46875).Choose((x > 4).Choose(far, middle) * scale, near);
    }

    /// <summary>φ(u)/|u| times this is Φ(u), far on the left.</summary>
    private static OnnxValue Series(OnnxValue u)
    {
        var (inverse, sum) = (1 / (u * u), u.Number(1));
        for (var k = NormalTail.Terms; k > 0; k--)
        {
            sum = (inverse * sum * (1 - (2 * k))) + 1;
        }

        return sum;
    }

    private static OnnxValue Quotient(double[] top, double[] bottom, OnnxValue x) => Polynomial(top, x) / Polynomial(bottom, x);

    private static OnnxValue Polynomial(double[] coefficients, OnnxValue x)
    {
        var value = x.Number(coefficients[0]);
        foreach (var coefficient in coefficients[1..])
        {
            value = (value * x) + coefficient;
        }

        return value;
    }
}
