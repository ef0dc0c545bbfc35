namespace MAFlow.Torch.Estimation;

/// <summary>What the chains of one observable say about their own convergence.</summary>
/// <param name="RHat">Rank-normalised split R̂; 1 for chains that agree.</param>
/// <param name="BulkEffectiveSamples">Effective samples in the bulk.</param>
/// <param name="TailEffectiveSamples">Effective samples in the tails.</param>
/// <param name="AutocorrelationTime">Integrated autocorrelation time in steps, by Sokal's window.</param>
public sealed record ChainDiagnostics(double RHat, double BulkEffectiveSamples, double TailEffectiveSamples, double AutocorrelationTime)
{
    /// <summary>Largest R̂ that is reported as reliable.</summary>
    /// <remarks>R̂² - 1 is about τ over the length of half a chain: many chains reach enough samples before 1.01, which is for four chains.</remarks>
    public const double ReliableRHat = 1.05;

    /// <summary>Fewest effective samples that are reported as reliable.</summary>
    public const double ReliableEffectiveSamples = 100;

    /// <summary>Why the observable's error bar is not to be trusted; empty where nothing speaks against it.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            if (!(RHat <= ReliableRHat))
            {
                problems.Add(FormattableString.Invariant($"R̂ = {RHat:F3} is above {ReliableRHat}: the chains disagree; run them longer"));
            }

            if (!(BulkEffectiveSamples >= ReliableEffectiveSamples))
            {
                problems.Add(FormattableString.Invariant($"{BulkEffectiveSamples:F0} effective samples in the bulk, fewer than {ReliableEffectiveSamples}"));
            }

            if (!(TailEffectiveSamples >= ReliableEffectiveSamples))
            {
                problems.Add(FormattableString.Invariant($"{TailEffectiveSamples:F0} effective samples in the tails, fewer than {ReliableEffectiveSamples}"));
            }

            return problems;
        }
    }

    /// <summary>The diagnostics of one observable.</summary>
    /// <param name="values">Values by step, then chain.</param>
    internal static ChainDiagnostics Of(IReadOnlyList<double[]> values) => new(
        ChainConvergence.RHat(values), ChainConvergence.BulkEffectiveSamples(values), ChainConvergence.TailEffectiveSamples(values), Autocorrelation.Time(values));
}
