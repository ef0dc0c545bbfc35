using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Spreads quantised values over their bins: y = (k + u)/levels in (0, 1), where x = minimum + k·binWidth and u is uniform.
/// </summary>
/// <remarks>
/// Densities are per unit of x, so with the bin width stated here -ln p bounds the negative log-probability of the discrete value up to N
/// ln binWidth.
/// Training draws u afresh; scoring uses noise that is a fixed function of the row. Derivatives are those within a bin, dy/dx =
/// 1/(levels·binWidth).
/// Uria, Murray, Larochelle (2013); Theis et al. (2016).
/// </remarks>
public sealed class UniformDequantization : BijectionFit
{
    internal const string Kind = "uniform-dequantization";

    /// <summary>Creates the fit.</summary>
    /// <param name="levels">Number of values a coordinate can take, at least 2: 256 for 8-bit images.</param>
    /// <param name="binWidth">Distance between neighbouring values, positive.</param>
    /// <param name="minimum">Smallest value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two levels, or a width that is not positive.</exception>
    public UniformDequantization(int levels, double binWidth = 1, double minimum = 0)
    {
        TensorChecks.RequireOption(levels, 2, 1 << 24);
        TensorChecks.RequireAtLeast(binWidth, double.Epsilon);
        TensorChecks.RequireAtLeast(minimum, double.MinValue);
        (Levels, BinWidth, Minimum) = (levels, binWidth, minimum);
    }

    internal int Levels { get; }

    internal double BinWidth { get; }

    internal double Minimum { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A value is none of the levels.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var _ = LevelsOf(data);
        return new DequantizationBijection(this);
    }

    /// <summary>The index k of each value's bin, after checking that there is one; float64.</summary>
    internal Tensor LevelsOf(Tensor x)
    {
        using var scope = NewDisposeScope();
        TensorChecks.RequireFinite(x, "the data");
        var (level, valid) = IsLevel(x);
        if (!valid.all().item<bool>())
        {
            var place = valid.logical_not().nonzero()[0];
            var (row, feature) = (place[0].item<long>(), place[1].item<long>());
            throw new ArgumentException(
                FormattableString.Invariant($"Expected values {Minimum}, {Minimum + BinWidth}, ..., {Minimum + ((Levels - 1) * BinWidth)} ")
                + FormattableString.Invariant($"({Levels} levels of width {BinWidth}), got {x[row, feature].to(float64).item<double>()} ")
                + $"in row {row}, feature {feature}; declare the range with new UniformDequantization(levels, binWidth, minimum), "
                + "or leave dequantisation out for continuous data.");
        }

        return level.MoveToOuterDisposeScope();
    }

    /// <summary>The nearest level of each value, float64, and whether it is that level.</summary>
    internal (Tensor Level, Tensor IsLevel) IsLevel(Tensor x)
    {
        using var scope = NewDisposeScope();
        // In place: a training set of images would otherwise be held five times.
        var position = x.detach().to(float64).Sub(Minimum).Div_(BinWidth);
        var level = position.round();
        var valid = position.sub_(level).abs_().Le(1e-3).logical_and(level.Ge(0)).logical_and(level.Lt(Levels));
        return (level.MoveToOuterDisposeScope(), valid.MoveToOuterDisposeScope());
    }
}
