namespace MAFlow.Torch.Estimation;

/// <summary>What Markov chains with the target as their stationary density give.</summary>
/// <remarks>Errors of means are s / √ESS, with the autocorrelation and the spread between the chains in ESS.</remarks>
public sealed class ChainEstimate : TargetEstimate
{
    /// <summary>Name of the energy E(x) among the diagnostics.</summary>
    internal const string EnergyName = "E(x)";

    internal ChainEstimate(
        double acceptance,
        int steps,
        IReadOnlyDictionary<string, Estimate> observables,
        IReadOnlyDictionary<string, ChainDiagnostics> diagnostics,
        BlockMeans blocks)
        : base(Judge(diagnostics), observables, blocks) =>
        (Acceptance, Steps, Diagnostics) = (acceptance, steps, diagnostics);

    /// <summary>Share of proposals accepted, after the chains were warmed up.</summary>
    public double Acceptance { get; }

    /// <summary>Steps averaged over, of each chain.</summary>
    public int Steps { get; }

    /// <summary>The largest R̂ of the observables and of the energy.</summary>
    /// <value>About 1 for chains that agree.</value>
    public double RHat => Diagnostics.Values.Max(diagnostics => diagnostics.RHat);

    /// <summary>The smallest number of effective samples, over the observables and the energy, in bulk and tails.</summary>
    public double EffectiveSamples => Diagnostics.Values.Min(diagnostics => diagnostics.EffectiveSamples);

    /// <summary>Integrated autocorrelation time of the energy, in steps.</summary>
    /// <value>At least 1.</value>
    public double AutocorrelationTime => Diagnostics[EnergyName].AutocorrelationTime;

    /// <summary>Convergence of each observable, and of the energy under the name <see cref="EnergyName"/>.</summary>
    internal IReadOnlyDictionary<string, ChainDiagnostics> Diagnostics { get; }

    private static Reliability Judge(IReadOnlyDictionary<string, ChainDiagnostics> diagnostics)
    {
        var reliability = new Reliability();
        foreach (var (name, own) in diagnostics)
        {
            own.Judge(reliability, name);
        }

        return reliability;
    }
}
