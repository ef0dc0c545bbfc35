namespace MAFlow.AnomalyBenchmark;

/// <summary>A Gaussian of a mixture.</summary>
/// <param name="Weight">Its share.</param>
/// <param name="Mean">Its mean.</param>
/// <param name="Lower">L, where L Lᵀ is its covariance.</param>
internal sealed record GaussianComponent(double Weight, double[] Mean, double[,] Lower)
{
    /// <summary>ln of weight times density, without the constant.</summary>
    public double LogDensity(double[] row)
    {
        var z = new double[row.Length];
        var (square, logDeterminant) = (0.0, 0.0);
        for (var i = 0; i < z.Length; i++)
        {
            z[i] = row[i] - Mean[i];
            for (var k = 0; k < i; k++)
            {
                z[i] -= Lower[i, k] * z[k];
            }

            z[i] /= Lower[i, i];
            square += z[i] * z[i];
            logDeterminant += Math.Log(Lower[i, i]);
        }

        return Math.Log(Weight) - logDeterminant - (square / 2);
    }
}
