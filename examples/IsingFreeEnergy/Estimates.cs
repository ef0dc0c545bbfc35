namespace IsingFreeEnergy;

/// <summary>Everything the estimators found.</summary>
public sealed record Estimates(
    ImportanceEstimate Weights,
    ChainEstimate MetropolisChains,
    ChainEstimate HybridChains,
    ChainEstimate PlainChains,
    AnnealedEstimate? Annealed,
    BridgeEstimate Bridge,
    IReadOnlyDictionary<string, Observation> Observations)
{
    public const string Importance = "importance weights", Metropolis = "Metropolis", Latent = "latent HMC", Annealing = "annealing", WithoutFlow = "HMC without flow", Reference = "cluster chains";

    /// <summary>
    /// The reliable result of the flow with the smallest error of m²; where none is reliable, Metropolis with its problems.
    /// </summary>
    public KeyValuePair<string, Observation> Best => Observations
        .Where(pair => pair.Key is not (Reference or WithoutFlow) && pair.Value.IsReliable)
        .OrderBy(pair => pair.Value.MagnetizationSquared.StandardError)
        .DefaultIfEmpty(new(Metropolis, Observations[Metropolis]))
        .First();
}
