namespace AnomalyScoring;

/// <summary>A Gaussian with full covariance: the score is half the squared Mahalanobis distance, which orders rows as the negative
/// log-likelihood does.</summary>
/// <remarks>Features are standardised, and 1e-3 is added to the diagonal so that dependent features do no harm; constant features keep
/// their unit.</remarks>
public sealed class GaussianDetector : IDetector
{
    private const double Ridge = 1e-3;

    public string Name => "Gaussian";

    public IScorer Train(float[][] rows, int seed)
    {
        var standardizer = Standardizer.Of(rows);
        var dimension = rows[0].Length;
        var covariance = new double[dimension, dimension];
        foreach (var row in rows)
        {
            var z = standardizer.Apply(row);
            for (var i = 0; i < dimension; i++)
            {
                for (var j = 0; j <= i; j++)
                {
                    covariance[i, j] += z[i] * z[j] / rows.Length;
                }
            }
        }

        for (var i = 0; i < dimension; i++)
        {
            covariance[i, i] += Ridge;
        }

        return new Scorer(standardizer, Cholesky(covariance));
    }

    /// <summary>The lower triangle L with L Lᵀ = <paramref name="matrix"/>, of which the lower triangle is read.</summary>
    public static double[,] Cholesky(double[,] matrix)
    {
        var dimension = matrix.GetLength(0);
        var lower = new double[dimension, dimension];
        for (var i = 0; i < dimension; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[i, j];
                for (var k = 0; k < j; k++)
                {
                    sum -= lower[i, k] * lower[j, k];
                }

                lower[i, j] = i == j ? Math.Sqrt(sum) : sum / lower[j, j];
            }
        }

        return lower;
    }

    private sealed class Scorer(Standardizer standardizer, double[,] lower) : IScorer
    {
        public double[] Score(float[][] rows) => [.. rows.Select(row => HalfSquare(standardizer.Apply(row)))];

        public void Dispose()
        {
        }

        // |L⁻¹z|²/2 by forward substitution.
        private double HalfSquare(double[] z)
        {
            var sum = 0.0;
            for (var i = 0; i < z.Length; i++)
            {
                for (var k = 0; k < i; k++)
                {
                    z[i] -= lower[i, k] * z[k];
                }

                z[i] /= lower[i, i];
                sum += z[i] * z[i];
            }

            return sum / 2;
        }
    }
}

/// <summary>Takes the mean from each feature and divides by its standard deviation, by 1 where that is zero.</summary>
public sealed class Standardizer
{
    private readonly double[] _mean;
    private readonly double[] _deviation;

    private Standardizer(double[] mean, double[] deviation) => (_mean, _deviation) = (mean, deviation);

    public static Standardizer Of(float[][] rows)
    {
        var dimension = rows[0].Length;
        var (mean, deviation) = (new double[dimension], new double[dimension]);
        for (var i = 0; i < dimension; i++)
        {
            mean[i] = rows.Average(row => (double)row[i]);
            var variance = rows.Average(row => (row[i] - mean[i]) * (row[i] - mean[i]));
            deviation[i] = variance > 1e-12 * mean[i] * mean[i] ? Math.Sqrt(variance) : 1;
        }

        return new Standardizer(mean, deviation);
    }

    public double[] Apply(float[] row)
    {
        var z = new double[row.Length];
        for (var i = 0; i < z.Length; i++)
        {
            z[i] = (row[i] - _mean[i]) / _deviation[i];
        }

        return z;
    }
}
