using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Bijections;

/// <summary>A mixture of Gaussians of one feature, and the map that makes a standard normal of it.</summary>
internal sealed class Mixture
{
    private const double Resolution = 1e-13;
    private static readonly double _logHalf = Math.Log(0.5);
    private const double Representable = 1e-290;
    private readonly double[] _weight;
    private readonly double[] _logWeight;
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly double[] _logRatio;
    private readonly double _finest;
    private readonly double _median;

    /// <param name="weight">π; 0 where the feature has fewer components than there is room for.</param>
    /// <param name="mean">μ.</param>
    /// <param name="deviation">σ.</param>
    public Mixture(IList<double> weight, IList<double> mean, IList<double> deviation)
    {
        int[] kept = [.. Enumerable.Range(0, weight.Count).Where(k => weight[k] > 0)];
        _weight = [.. kept.Select(k => weight[k])];
        _logWeight = Array.ConvertAll(_weight, Math.Log);
        (_mean, _deviation) = ([.. kept.Select(k => mean[k])], [.. kept.Select(k => deviation[k])]);
        _logRatio = [.. _logWeight.Zip(_deviation, (share, size) => share - Math.Log(size))];
        _finest = _deviation.Min();
        _median = Solve(0, side: 1, _logHalf);
    }

    /// <summary>Number of components.</summary>
    public int Components => _mean.Length;

    /// <summary>ln π.</summary>
    public double[] LogWeight => _logWeight;

    /// <summary>μ.</summary>
    public double[] Mean => _mean;

    /// <summary>σ.</summary>
    public double[] Deviation => _deviation;

    /// <summary>ln π/σ.</summary>
    public double[] LogRatio => _logRatio;

    /// <summary>Where F is ½.</summary>
    public double Median => _median;

    /// <summary>Φ⁻¹(F(x)), from the nearer tail.</summary>
    public double Normal(double x)
    {
        var side = x <= _median ? 1 : -1;
        return NormalTail.Quantile(Math.Min(LogCumulative(x, side), _logHalf)) * side;
    }

    /// <summary>ln F'(x) + ln √(2π).</summary>
    /// <param name="x">The number.</param>
    /// <param name="slope">Its derivative.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double LogDensity(double x, out double slope)
    {
        var most = double.NegativeInfinity;
        for (var k = 0; k < _mean.Length; k++)
        {
            most = Math.Max(most, Term(x, k, out _));
        }

        var (sum, bend) = (0.0, 0.0);
        for (var k = 0; k < _mean.Length; k++)
        {
            var share = Math.Exp(Term(x, k, out var unit) - most);
            sum += share;
            bend -= share * unit / _deviation[k];
        }

        slope = bend / sum;
        return most + Math.Log(sum);
    }

    /// <summary>The x with Φ⁻¹(F(x)) = y.</summary>
    public double Inverse(double y)
    {
        var side = y <= 0 ? 1 : -1;
        var x = Solve(y, side, NormalTail.Log(side * y));
        // A last step of Newton's method.
        var value = Normal(x);
        return x - ((value - y) * Math.Exp(-LogDensity(x, out _) - (0.5 * value * value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double Term(double x, int k, out double unit)
    {
        unit = (x - _mean[k]) / _deviation[k];
        return _logRatio[k] - (0.5 * unit * unit);
    }

    /// <summary>ln F(x) where the side is 1, ln (1 - F(x)) where it is -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double LogCumulative(double x, int side)
    {
        // Where F itself is a number there is no need for logarithms of its terms.
        var mass = 0.0;
        for (var k = 0; k < _mean.Length; k++)
        {
            mass += _weight[k] * NormalTail.Mass((x - _mean[k]) / _deviation[k] * side);
        }

        return mass > Representable ? Math.Log(mass) : LogCumulativeFarOut(x, side);
    }

    private double LogCumulativeFarOut(double x, int side)
    {
        // The largest term first, in one pass: what was added before is scaled down when a larger one comes.
        var (most, sum) = (double.NegativeInfinity, 0.0);
        for (var k = 0; k < _mean.Length; k++)
        {
            var term = _logWeight[k] + NormalTail.Log((x - _mean[k]) / _deviation[k] * side);
            if (term > most)
            {
                (sum, most) = ((sum * Math.Exp(most - term)) + 1, term);
            }
            else
            {
                sum += Math.Exp(term - most);
            }
        }

        return most + Math.Log(sum);
    }

    /// <summary>Where a tail has a logarithm, between the quantiles of the components at y.</summary>
    private double Solve(double y, int side, double logarithm)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var k = 0; k < _mean.Length; k++)
        {
            var quantile = (y * _deviation[k]) + _mean[k];
            (low, high) = (Math.Min(low, quantile), Math.Max(high, quantile));
        }

        // Where the ends are so far apart that no number of halvings brings them together, it stops at neighbours.
        var middle = (0.5 * low) + (0.5 * high);
        while (high - low > Resolution * _finest && middle > low && middle < high)
        {
            (low, high) = (LogCumulative(middle, side) > logarithm) == (side > 0) ? (low, middle) : (middle, high);
            middle = (0.5 * low) + (0.5 * high);
        }

        return middle;
    }
}
