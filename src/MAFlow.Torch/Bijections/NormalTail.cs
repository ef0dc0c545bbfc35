using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The distribution function of the standard normal in logarithms, where its own values are long zero.</summary>
internal static class NormalTail
{
    // ln √(2π)
    public const double LogNorm = 0.91893853320467274178;

    private const double Sqrt2 = 1.4142135623730950488;
    private const double Representable = -600;
    private const int Corrections = 3;

    // From here on ten terms of the series are exact to rounding, and the function of the library is still a number.
    private const double Far = -20;
    private const int Terms = 10;

    /// <summary>ln Φ(u).</summary>
    /// <remarks>Φ(u) = ½ erfc(-u/√2); far on the left φ(u)/|u| · (1 - 1/u² + 3/u⁴ - 15/u⁶ + …). Abramowitz, Stegun, 26.2.12.</remarks>
    /// <param name="u">Any shape, float64.</param>
    public static Tensor Log(Tensor u)
    {
        using var scope = NewDisposeScope();
        // The branches that are not taken must stay finite, or their zero slopes would be no numbers.
        var (left, middle, right) = (u.Clamp(double.MinValue, Far), u.Clamp(Far, 0), u.ClampMin(0));
        var far = Series(left).log().sub(left.Square().Mul(0.5)).sub(left.neg().log()).Sub(LogNorm);
        var near = middle.Div(-Sqrt2).erfc().Mul(0.5).log();
        var above = right.Div(Sqrt2).erfc().Mul(-0.5).log1p();
        return where(u.Lt(Far), far, where(u.Lt(0), near, above)).MoveToOuterDisposeScope();
    }

    /// <summary>The y ≤ 0 with ln Φ(y) = ℓ; differentiable once.</summary>
    /// <param name="logarithm">ℓ of at most ln ½, any shape, float64.</param>
    public static Tensor Quantile(Tensor logarithm)
    {
        using var scope = NewDisposeScope();
        var level = logarithm.detach();
        // Far out Φ(y) is about e^{-y²/2} / |y|√(2π).
        var doubled = level.Mul(-2).ClampMin(2);
        var far = doubled.sub(doubled.log()).Sub(2 * LogNorm).ClampMin(1).sqrt().neg();
        var y = where(level.Ge(Representable), special.ndtri(level.ClampMin(Representable).exp()), far);
        for (var i = 0; i < Corrections; i++)
        {
            y = Corrected(y, level);
        }

        // One more, of the argument itself: its slope is 1 / (d ln Φ / dy).
        return Corrected(y, logarithm).MoveToOuterDisposeScope();
    }

    private static Tensor Series(Tensor u)
    {
        var inverse = u.Pow(-2);
        var sum = ones_like(u);
        for (var k = Terms; k > 0; k--)
        {
            sum = inverse.mul(sum).Mul(1 - (2 * k)).Add(1);
        }

        return sum;
    }

    /// <summary>A step of Newton's method; d ln Φ(y) / dy = φ(y) / Φ(y).</summary>
    private static Tensor Corrected(Tensor y, Tensor logarithm)
    {
        var log = Log(y);
        var hazard = y.Square().Mul(-0.5).Sub(LogNorm).sub(log).exp();
        return y.sub(log.sub(logarithm).div(hazard));
    }
}
