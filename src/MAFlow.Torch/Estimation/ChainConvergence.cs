using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Whether parallel Markov chains have forgotten where they started, and how many independent samples they are worth.</summary>
/// <remarks>
/// Each chain is cut in halves, so that a drift shows as a difference between chains. Vehtari, Gelman, Simpson, Carpenter, Bürkner,
/// "Rank-normalization, folding, and localization: an improved R̂" (2021). Values are given by step, then chain; at least 8 steps.
/// </remarks>
internal static class ChainConvergence
{
    private const int MinSteps = 8;

    /// <summary>
    /// Rank-normalised split R̂, the larger one of values and of their distances from the median: 1 for chains that agree.
    /// </summary>
    /// <param name="values">Values by step, then chain.</param>
    /// <returns>At least about 1; infinity for chains that stand still in different places.</returns>
    /// <exception cref="ArgumentException">There are too few steps, or a value is not finite.</exception>
    public static double RHat(IReadOnlyList<double[]> values)
    {
        using var scope = NewDisposeScope();
        var halves = Halves(values);
        var folded = halves.sub(Quantile(halves, 0.5)).abs();
        return Math.Max(SplitRHat(Normalized(halves)), SplitRHat(Normalized(folded)));
    }

    /// <summary>Effective samples for the mean: S / τ with τ from all chains together, the variance between them included.</summary>
    /// <param name="values">Values by step, then chain.</param>
    /// <returns>From about 1 to S log₁₀ S for S values.</returns>
    /// <exception cref="ArgumentException">There are too few steps, or a value is not finite.</exception>
    public static double EffectiveSamples(IReadOnlyList<double[]> values)
    {
        using var scope = NewDisposeScope();
        return Effective(Halves(values));
    }

    /// <summary>Effective samples in the bulk of the distribution: those of the rank-normalised values.</summary>
    /// <param name="values">Values by step, then chain.</param>
    /// <exception cref="ArgumentException">There are too few steps, or a value is not finite.</exception>
    public static double BulkEffectiveSamples(IReadOnlyList<double[]> values)
    {
        using var scope = NewDisposeScope();
        return Effective(Normalized(Halves(values)));
    }

    /// <summary>Effective samples in the tails: the smaller one of those for the 5% and for the 95% quantile.</summary>
    /// <param name="values">Values by step, then chain.</param>
    /// <exception cref="ArgumentException">There are too few steps, or a value is not finite.</exception>
    public static double TailEffectiveSamples(IReadOnlyList<double[]> values)
    {
        using var scope = NewDisposeScope();
        var halves = Halves(values);
        return new[] { 0.05, 0.95 }.Min(level => Effective(halves.le(Quantile(halves, level)).to(float64)));
    }

    /// <summary>The halves of all chains, shape [2 chains, steps / 2]; the middle step of an odd number is left out.</summary>
    private static Tensor Halves(IReadOnlyList<double[]> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count < MinSteps)
        {
            throw new ArgumentException($"Expected chains of at least {MinSteps} steps, got {values.Count}.", nameof(values));
        }

        var half = values.Count / 2;
        var all = tensor(values.SelectMany(step => step).ToArray(), [values.Count, values[0].Length], dtype: float64).t();
        TensorChecks.RequireFinite(all, "the chains");
        return cat([all.narrow(1, 0, half), all.narrow(1, values.Count - half, half)]);
    }

    /// <summary>Φ⁻¹((rank - 3/8) / (S + 1/4)) of each value among all of them, ties sharing their mean rank.</summary>
    private static Tensor Normalized(Tensor halves)
    {
        var (_, inverse, counts) = halves.reshape(-1).unique(sorted: true, return_inverse: true, return_counts: true);
        var last = counts!.cumsum(0).to(float64);
        var ranks = last.sub(counts.Sub(1).to(float64).Div(2)).index_select(0, inverse!.reshape(-1));
        var probability = ranks.Sub(0.375).Div(halves.numel() + 0.25);
        return probability.Mul(2).Sub(1).erfinv().Mul(Math.Sqrt(2)).reshape(halves.shape);
    }

    private static Tensor Quantile(Tensor halves, double level) =>
        halves.reshape(-1).kthvalue((long)Math.Ceiling(level * halves.numel()), 0).values;

    private static double SplitRHat(Tensor halves)
    {
        var (within, total) = Variances(halves);
        return total == 0 ? 1 : Math.Sqrt(total / within);
    }

    /// <summary>Mean variance within chains, and the estimate of the stationary variance that starts apart make too large.</summary>
    private static (double Within, double Total) Variances(Tensor halves)
    {
        var steps = (double)halves.shape[1];
        var within = halves.var(1).mean().item<double>();
        return (within, (within * (steps - 1) / steps) + halves.mean([1L]).var().item<double>());
    }

    /// <summary>Geyer's initial monotone sequence over the autocorrelation of all chains together.</summary>
    private static double Effective(Tensor halves)
    {
        var (samples, steps) = ((double)halves.numel(), halves.shape[1]);
        var (within, total) = Variances(halves);
        if (total == 0)
        {
            return samples;
        }

        var spectrum = fft.rfft(halves.sub(halves.mean([1L], keepdim: true)), 2 * steps).abs().Square();
        var covariance = fft.irfft(spectrum, 2 * steps).narrow(1, 0, steps).mean([0L]).Div(steps).data<double>().ToArray();
        double Correlation(int lag) => lag == 0 ? 1 : 1 - ((within - covariance[lag]) / total);
        var (time, smallest) = (-1.0, double.PositiveInfinity);
        for (var lag = 0; lag + 1 < steps; lag += 2)
        {
            var pair = Correlation(lag) + Correlation(lag + 1);
            if (pair <= 0)
            {
                break;
            }

            time += 2 * (smallest = Math.Min(smallest, pair));
        }

        // Antithetic chains are worth more than their number, but no estimate of that is stable.
        return samples / Math.Max(time, 1 / Math.Log10(samples));
    }
}
