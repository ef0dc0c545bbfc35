namespace AnomalyScoring.Detectors;

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
