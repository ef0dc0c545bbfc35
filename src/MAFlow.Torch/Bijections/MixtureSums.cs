using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Bijections;

/// <summary>What a step of expectation maximisation needs to know of the rows: for each component the sums of its shares of them, and of
/// share times distance from its mean and square of that.</summary>
/// <param name="components">K.</param>
internal sealed class MixtureSums(int components)
{
    private readonly double[] _count = new double[components];
    private readonly double[] _first = new double[components];
    private readonly double[] _second = new double[components];

    /// <summary>Adds rows.</summary>
    /// <param name="rows">The values.</param>
    /// <param name="mixture">The mixture that shares them out.</param>
    /// <returns>Σ ln Σₖ πₖ/σₖ exp(-½((x - μₖ)/σₖ)²).</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Add(double[] rows, FeatureMixture mixture)
    {
        var (constants, factors) = (new double[components], new double[components]);
        for (var k = 0; k < components; k++)
        {
            constants[k] = Math.Log(mixture.Weight[k]) - Math.Log(mixture.Deviation[k]);
            factors[k] = -0.5 / (mixture.Deviation[k] * mixture.Deviation[k]);
        }

        var sums = new Vector256<double>[3 * components];
        var terms = new Vector256<double>[components];
        var total = Vector256<double>.Zero;
        var width = Vector256<double>.Count;
        Span<double> some = stackalloc double[width];
        Span<double> counted = stackalloc double[width];
        for (var start = 0; start < rows.Length; start += width)
        {
            var present = Vector256<double>.One;
            Vector256<double> x;
            if (start + width <= rows.Length)
            {
                x = Vector256.Create(rows.AsSpan(start, width));
            }
            else
            {
                // What fills the last vector up counts for nothing.
                some.Fill(rows[^1]);
                rows.AsSpan(start).CopyTo(some);
                counted[..(rows.Length - start)].Fill(1);
                (x, present) = (Vector256.Create((ReadOnlySpan<double>)some), Vector256.Create((ReadOnlySpan<double>)counted));
            }

            total += present * Share(x, present, mixture.Mean, constants, factors, terms, sums);
        }

        for (var k = 0; k < components; k++)
        {
            _count[k] += Vector256.Sum(sums[3 * k]);
            _first[k] += Vector256.Sum(sums[(3 * k) + 1]);
            _second[k] += Vector256.Sum(sums[(3 * k) + 2]);
        }

        return Vector256.Sum(total);
    }

    /// <summary>The mixture that makes the rows most likely with these shares, and the prior.</summary>
    /// <param name="before">The mixture that shared the rows out.</param>
    /// <param name="prior">Squares that each variance counts besides.</param>
    /// <param name="rows">Number of rows.</param>
    public FeatureMixture Maximised(FeatureMixture before, double[] prior, int rows)
    {
        var (weight, mean, deviation) = (new double[components], new double[components], new double[components]);
        for (var k = 0; k < components; k++)
        {
            var shift = _first[k] / Math.Max(_count[k], 1e-9);
            var squares = Math.Max(_second[k] - (shift * _first[k]), 0);
            // Half a row for each component: none dies out for good, which would make the result depend on where it started.
            weight[k] = (_count[k] + 0.5) / (rows + (0.5 * components));
            mean[k] = before.Mean[k] + shift;
            deviation[k] = Math.Sqrt((squares + prior[k]) / (_count[k] + FeatureMixture.PriorRows));
        }

        return new(weight, mean, deviation);
    }

    /// <summary>Shares four rows out, and returns the logarithm of their densities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<double> Share(
        Vector256<double> x, Vector256<double> present, double[] mean, double[] constants, double[] factors,
        Vector256<double>[] terms, Vector256<double>[] sums)
    {
        var most = Vector256.Create(double.NegativeInfinity);
        for (var k = 0; k < terms.Length; k++)
        {
            var distance = x - Vector256.Create(mean[k]);
            var term = (distance * distance * Vector256.Create(factors[k])) + Vector256.Create(constants[k]);
            terms[k] = term;
            most = Vector256.Max(most, term);
        }

        var sum = Vector256<double>.Zero;
        for (var k = 0; k < terms.Length; k++)
        {
            // Compiled with this method: what the runtime has is called, and slow until it is compiled anew.
            var power = Exponential<Double256, double, Vector256<double>>.Power(terms[k] - most);
            terms[k] = power;
            sum += power;
        }

        var inverse = present / sum;
        for (var k = 0; k < terms.Length; k++)
        {
            var share = terms[k] * inverse;
            var moved = share * (x - Vector256.Create(mean[k]));
            sums[3 * k] += share;
            sums[(3 * k) + 1] += moved;
            sums[(3 * k) + 2] += moved * (x - Vector256.Create(mean[k]));
        }

        return most + Vector256.Create(Math.Log(sum[0]), Math.Log(sum[1]), Math.Log(sum[2]), Math.Log(sum[3]));
    }
}
