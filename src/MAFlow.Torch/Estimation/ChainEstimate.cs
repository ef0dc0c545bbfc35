namespace MAFlow.Torch.Estimation;

/// <summary>What Markov chains with the target as their stationary density give.</summary>
/// <param name="Acceptance">Share of proposals accepted, after the chains were warmed up.</param>
/// <param name="Chains">Number of chains.</param>
/// <param name="Steps">Steps averaged over.</param>
/// <param name="Observables">Means by name; errors s / √ESS, with the autocorrelation and the spread between the chains in ESS.</param>
/// <param name="Diagnostics">Convergence of each observable, and of the energy under the name <see cref="Energy"/>.</param>
/// <param name="Blocks">The chains' own means, for functions of several means.</param>
public sealed record ChainEstimate(
    double Acceptance,
    int Chains,
    int Steps,
    IReadOnlyDictionary<string, Estimate> Observables,
    IReadOnlyDictionary<string, ChainDiagnostics> Diagnostics,
    BlockMeans Blocks)
{
    /// <summary>Name of the energy E(x) among the diagnostics.</summary>
    public const string Energy = "E(x)";

    /// <summary>Integrated autocorrelation time of the energy, in steps.</summary>
    public double AutocorrelationTime => Diagnostics[Energy].AutocorrelationTime;

    /// <summary>The largest R̂.</summary>
    public double RHat => Diagnostics.Values.Max(diagnostics => diagnostics.RHat);

    /// <summary>The smallest number of effective samples, over observables, bulk and tails.</summary>
    public double EffectiveSamples => Diagnostics.Values.Min(diagnostics => Math.Min(diagnostics.BulkEffectiveSamples, diagnostics.TailEffectiveSamples));

    /// <summary>Why the error bars are not to be trusted; empty where nothing speaks against them.</summary>
    public IReadOnlyList<string> Problems => [.. Diagnostics.SelectMany(pair => pair.Value.Problems.Select(problem => $"{pair.Key}: {problem}"))];

    /// <summary>Whether all diagnostics let the error bars be trusted.</summary>
    /// <remarks>Necessary, not sufficient: a mode that no chain has found leaves no trace.</remarks>
    public bool IsReliable => Problems.Count == 0;
}
