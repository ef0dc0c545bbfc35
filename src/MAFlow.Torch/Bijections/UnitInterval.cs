using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>The range that a logit and histograms are declared for.</summary>
internal static class UnitInterval
{
    /// <summary>A value of the range that stands in for one outside.</summary>
    public const double Inside = 0.5;

    /// <summary>Rows with a value outside, shape [B].</summary>
    public static Tensor Outside(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.Ge(0).logical_and(x.Le(1)).all(1).logical_not().MoveToOuterDisposeScope();
    }

    /// <summary>Requires values from 0 to 1.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="what">What needs them, for messages.</param>
    /// <param name="pronoun">It or them.</param>
    /// <exception cref="ArgumentException">A value is not finite or lies outside.</exception>
    public static void Require(Tensor x, string what, string pronoun)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequireFinite(x, "the data");
        var (low, high) = (x.min().to(float64).item<double>(), x.max().to(float64).item<double>());
        if (low < 0 || high > 1)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Expected values from 0 to 1 before {what}, got values from {low} to {high}; ")
                + $"put a UniformDequantization before {pronoun}, or scale the data.");
        }
    }
}
