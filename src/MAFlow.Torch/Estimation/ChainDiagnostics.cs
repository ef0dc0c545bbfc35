namespace MAFlow.Torch.Estimation;

/// <summary>What the chains of one observable say about their own convergence.</summary>
/// <param name="RHat">Rank-normalised split R̂; 1 for chains that agree.</param>
/// <param name="BulkEffectiveSamples">Effective samples in the bulk.</param>
/// <param name="TailEffectiveSamples">Effective samples in the tails.</param>
/// <param name="AutocorrelationTime">Integrated autocorrelation time in steps, by Sokal's window.</param>
internal sealed record ChainDiagnostics(double RHat, double BulkEffectiveSamples, double TailEffectiveSamples, double AutocorrelationTime)
{
    /// <summary>Effective samples in bulk or tails, whichever are fewer.</summary>
    public double EffectiveSamples => Math.Min(BulkEffectiveSamples, TailEffectiveSamples);

    /// <summary>Notes reasons to distrust the observable's error bar.</summary>
    /// <param name="reliability">Where it is noted.</param>
    /// <param name="name">Of the observable.</param>
    public void Judge(Reliability reliability, string name) => reliability
        .Require(
            RHat <= Reliability.MaxRHat,
            $"{name}: R̂ = {RHat:F3} is above {Reliability.MaxRHat}: the chains disagree; run them longer")
        .Require(
            BulkEffectiveSamples >= Reliability.MinEffectiveSamples,
            $"{name}: {BulkEffectiveSamples:F0} effective samples in the bulk, fewer than {Reliability.MinEffectiveSamples}")
        .Require(
            TailEffectiveSamples >= Reliability.MinEffectiveSamples,
            $"{name}: {TailEffectiveSamples:F0} effective samples in the tails, fewer than {Reliability.MinEffectiveSamples}");

    /// <summary>The diagnostics of one observable.</summary>
    /// <param name="values">Values by step, then chain.</param>
    internal static ChainDiagnostics Of(IReadOnlyList<double[]> values) => new(
        ChainConvergence.RHat(values),
        ChainConvergence.BulkEffectiveSamples(values),
        ChainConvergence.TailEffectiveSamples(values),
        Autocorrelation.Time(values));
}
