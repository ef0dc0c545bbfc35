namespace MAFlow.Torch.Energies.Exact;

/// <summary>Quadrature that is exact for polynomials up to degree 2m - 1.</summary>
internal static class GaussLegendre
{
    /// <summary>Points and weights on [-1, 1]: the zeros of the Legendre polynomial, by Newton's method.</summary>
    /// <param name="count">Number m of points.</param>
    public static (double[] Points, double[] Weights) Rule(int count)
    {
        var (points, weights) = (new double[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            // In ascending order.
            var x = -Math.Cos(Math.PI * (i + 0.75) / (count + 0.5));
            var slope = 0.0;
            // Quadratic from the first step on; ten reach rounding with room to spare.
            for (var step = 0; step < 10; step++)
            {
                (var value, slope) = Legendre(count, x);
                x -= value / slope;
            }

            (points[i], weights[i]) = (x, 2 / ((1 - (x * x)) * slope * slope));
        }

        return (points, weights);
    }

    /// <summary>The rule on equal parts of [0, end].</summary>
    public static (double[] Points, double[] Weights) OnParts(double end, int parts, int count)
    {
        var (points, weights) = Rule(count);
        var half = end / parts / 2;
        var all = Enumerable.Range(0, parts).SelectMany(part => points.Select(point => half * ((2 * part) + 1 + point)));
        return ([.. all], [.. Enumerable.Range(0, parts).SelectMany(_ => weights.Select(weight => weight * half))]);
    }

    private static (double Value, double Slope) Legendre(int degree, double x)
    {
        var (previous, current) = (1.0, x);
        for (var k = 2; k <= degree; k++)
        {
            (previous, current) = (current, ((((2 * k) - 1) * x * current) - ((k - 1) * previous)) / k);
        }

        return (current, degree * ((x * current) - previous) / ((x * x) - 1));
    }
}
