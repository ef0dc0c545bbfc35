using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>
/// Shortens heavy tails feature by feature and side by side: y = ±((1 + |u|)^λ - 1)/λ with u = (x - m)/s, ln |dy/dx| = (λ - 1) ln(1 + |u|)
/// - ln s.
/// </summary>
/// <remarks>
/// m is the median and s a robust deviation; λ is one number for u ≥ 0 and another for u &lt; 0, so that one-sided and two-sided tails are
/// both served.
/// λ = 1 changes nothing, and λ near 0 takes the logarithm. The pair is chosen by the likelihood of a Gaussian, and only where the gain is
/// significant.
/// Beyond |u| = 1000 the logarithm goes on with the slope that is reached there: no outlier is too far for the flow to score.
/// The map is monotone with a continuous derivative. A two-sided form of Box, Cox (1964); compare Yeo, Johnson (2000).
/// </remarks>
public sealed class TailCompression : BijectionFit
{
    internal const string Kind = "tail-compression";
    private const int MaxRows = 5_000;
    private const double Logarithm = 0.001;
    private static readonly double[] _allExponents = [0.2, 0.4, 0.6, 0.8, 1];
    private readonly double[] _exponents;

    /// <summary>Creates the fit.</summary>
    /// <param name="smallestExponent">
    /// Smallest λ that may be chosen, from 0.001 (default), which is the logarithm, to 1. From ½ on no tail is heavier than an exponential
    /// up to |u| = 1000: a value twice as far costs at least about twice the nats, however heavy the tails it was fitted to.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The exponent is outside [0.001, 1].</exception>
    public TailCompression(double smallestExponent = Logarithm)
    {
        TensorChecks.RequireOption(smallestExponent, Logarithm, 1);
        _exponents = [smallestExponent, .. _allExponents.Where(exponent => exponent > smallestExponent)];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Fewer than two rows, a value that is not finite, or a constant feature.</exception>
    protected internal override Bijection Fit(Tensor data)
    {
        using var sample = RowSample.Draw(data.shape[0]);
        return Fit(data, sample, default);
    }

    internal override Bijection Fit(Tensor data, RowSample sample, FitLimits limits)
    {
        using var scope = NewDisposeScope();
        // A constant feature is refused, and named, before anything is computed.
        FeatureMoments.Of(data);
        var parts = FeatureBlocks.Of(data, limits, block => Curves(block, sample.Of(block, MaxRows)));
        return new TailBijection(parts[0], parts[1], parts[2], parts[3]);
    }

    private Tensor[] Curves(Tensor data, Tensor some)
    {
        // Of all rows: a feature that varies may be constant in the sample.
        var deviation = TypicalDeviation.Of(data, some.sort(0).Values);
        var quartiles = some.quantile(tensor([0.25, 0.5, 0.75], dtype: float64), dim: 0);
        var robust = quartiles[2].sub(quartiles[0]).Div(1.349);
        var scale = robust.maximum(deviation.Mul(0.02));
        var (right, left) = Choose(some.sub(quartiles[1]).div(scale));
        return [quartiles[1], scale, right, left];
    }

    /// <summary>The exponents with the highest Gaussian likelihood. The two sides only meet in sums, so each power is taken once.</summary>
    private (Tensor Right, Tensor Left) Choose(Tensor unit)
    {
        var (rows, width) = (unit.shape[0], unit.shape[1]);
        var above = _exponents.Select(exponent => Sums(unit, exponent)).ToArray();
        var below = _exponents.Select(exponent => Sums(unit.neg(), exponent)).ToArray();
        var enough = 0.01 + (3.0 / rows);
        var best = TensorFactories.Full(width, double.NegativeInfinity, float64);
        var (right, left) = (ones(width, dtype: float64), ones(width, dtype: float64));
        for (var i = _exponents.Length - 1; i >= 0; i--)
        {
            for (var j = _exponents.Length - 1; j >= 0; j--)
            {
                var mean = above[i].First.sub(below[j].First).Div(rows);
                var variance = above[i].Second.Add(below[j].Second).Div(rows).sub(mean.Square());
                var likelihood = variance.log().Mul(-0.5).Add(above[i].LogSlope.Add(below[j].LogSlope).Div(rows));
                // The first pair is the identity.
                var better = likelihood.gt(best);
                var isIdentity = (i, j) == (_exponents.Length - 1, _exponents.Length - 1);
                best = where(better, isIdentity ? likelihood.Add(enough) : likelihood, best);
                right = where(better, right.FullLike(_exponents[i]), right);
                left = where(better, left.FullLike(_exponents[j]), left);
            }
        }

        return (right, left);
    }

    private static (Tensor First, Tensor Second, Tensor LogSlope) Sums(Tensor unit, double exponent)
    {
        var logarithm = unit.ClampMin(0).log1p();
        var y = logarithm.Mul(exponent).expm1().Div(exponent);
        return (y.sum([0L]), y.Square().sum([0L]), logarithm.sum([0L]).Mul(exponent - 1));
    }
}
