namespace MAFlow.Torch.Estimation;

/// <summary>The integrated autocorrelation time of parallel Markov chains: τ = 1 + 2 Σ ρ(t).</summary>
/// <remarks>The sum ends at the first lag of at least 5τ (Sokal's window); a chain of n steps is worth n/τ independent samples.</remarks>
internal static class Autocorrelation
{
    /// <summary>τ in steps, at least 1.</summary>
    /// <param name="values">Values by step, then chain; at least 4 steps.</param>
    /// <exception cref="ArgumentException">There are too few steps.</exception>
    public static double Time(IReadOnlyList<double[]> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count < 4)
        {
            throw new ArgumentException($"Expected chains of at least 4 steps, got {values.Count}.", nameof(values));
        }

        // One mean for all chains, so that chains stuck in different places count as correlated.
        var mean = values.Average(step => step.Average());
        var variance = Covariance(values, mean, 0);
        if (!(variance > 0))
        {
            return 1;
        }

        var time = 1.0;
        for (var lag = 1; lag < values.Count / 2 && lag < 5 * time; lag++)
        {
            time += 2 * Covariance(values, mean, lag) / variance;
        }

        return Math.Max(1, time);
    }

    private static double Covariance(IReadOnlyList<double[]> values, double mean, int lag)
    {
        var sum = 0.0;
        for (var step = 0; step + lag < values.Count; step++)
        {
            for (var chain = 0; chain < values[step].Length; chain++)
            {
                sum += (values[step][chain] - mean) * (values[step + lag][chain] - mean);
            }
        }

        return sum / ((values.Count - lag) * (double)values[0].Length);
    }
}
