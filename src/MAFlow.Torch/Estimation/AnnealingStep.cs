namespace MAFlow.Torch.Estimation;

/// <summary>One step in temperature: β after it, and the size of the moves there.</summary>
internal readonly record struct AnnealingStep(double InverseTemperature, double MoveSize)
{
    /// <summary>The largest step from β at which the conditional effective share of the particles stays above a limit.</summary>
    /// <param name="beta">β before the step, below 1.</param>
    /// <param name="weights">Normalised weights of the particles.</param>
    /// <param name="logWeights">ln w of each.</param>
    /// <param name="share">(Σ Wu)² / Σ Wu² for the factors u = w^Δβ, from 0 to 1.</param>
    /// <remarks>Zhou, Johansen, Aston, "Toward automatic model comparison: an adaptive sequential Monte Carlo approach" (2016).</remarks>
    public static double Next(double beta, IReadOnlyList<double> weights, IReadOnlyList<double> logWeights, double share)
    {
        var largest = logWeights.Max();
        double Share(double step)
        {
            var (first, second) = (0.0, 0.0);
            for (var i = 0; i < weights.Count; i++)
            {
                var factor = Math.Exp(step * (logWeights[i] - largest));
                (first, second) = (first + (weights[i] * factor), second + (weights[i] * factor * factor));
            }

            return first * first / second;
        }

        if (Share(1 - beta) >= share)
        {
            return 1;
        }

        var (low, high) = (0.0, 1 - beta);
        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Share(middle) >= share ? (middle, high) : (low, middle);
        }

        // A step of nothing would never end.
        return Math.Min(1, beta + Math.Max(low, 1e-6));
    }
}
