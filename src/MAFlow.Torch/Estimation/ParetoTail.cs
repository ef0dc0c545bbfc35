namespace MAFlow.Torch.Estimation;

/// <summary>The shape k̂ of a generalised Pareto distribution fitted to the largest importance weights.</summary>
/// <remarks>
/// Below 0.5 the weights have a finite variance, up to 0.7 importance sampling is practicable, beyond it error bars mean nothing.
/// Vehtari, Simpson, Gelman, Yao, Gabry, "Pareto smoothed importance sampling" (2024); fit by Zhang, Stephens (2009).
/// </remarks>
internal static class ParetoTail
{
    /// <summary>Fits the tail of a sample of weights.</summary>
    /// <param name="logWeights">ln w, at least 25 of them.</param>
    /// <returns>k̂; negative infinity when the largest weights are all equal.</returns>
    /// <exception cref="ArgumentException">There are too few weights.</exception>
    public static double Shape(IReadOnlyList<double> logWeights)
    {
        ArgumentNullException.ThrowIfNull(logWeights);
        if (logWeights.Count < 25)
        {
            throw new ArgumentException($"Expected at least 25 weights to fit their tail, got {logWeights.Count}.", nameof(logWeights));
        }

        var sorted = logWeights.Order().ToArray();
        var tail = (int)Math.Ceiling(Math.Min(0.2 * sorted.Length, 3 * Math.Sqrt(sorted.Length)));
        var largest = sorted[^1];
        var threshold = Math.Exp(sorted[^(tail + 1)] - largest);
        var excesses = sorted[^tail..].Select(value => Math.Exp(value - largest) - threshold).ToArray();
        return excesses[^1] <= 1e-12 ? double.NegativeInfinity : Fit(excesses);
    }

    /// <summary>Zhang and Stephens' empirical Bayes estimate, drawn towards 0.5 with the strength of ten observations.</summary>
    private static double Fit(double[] excesses)
    {
        var count = excesses.Length;
        var grid = 30 + (int)Math.Sqrt(count);
        var quartile = Math.Max(excesses[(int)((count / 4.0) + 0.5) - 1], 1e-300);
        var thetas = Enumerable.Range(1, grid)
            .Select(i => (1 / excesses[^1]) + ((1 - Math.Sqrt(grid / (i - 0.5))) / (3 * quartile)))
            .ToArray();
        var likelihoods = thetas.Select(theta =>
        {
            var shape = Shape(excesses, theta);
            return count * (Math.Log(-theta / shape) - shape - 1);
        }).ToArray();
        var total = 0.0;
        for (var i = 0; i < grid; i++)
        {
            total += thetas[i] / likelihoods.Sum(other => Math.Exp(other - likelihoods[i]));
        }

        return ((count * Shape(excesses, total)) + (10 * 0.5)) / (count + 10);
    }

    private static double Shape(double[] excesses, double theta) => excesses.Average(excess => Math.Log(1 - (theta * excess)));
}
