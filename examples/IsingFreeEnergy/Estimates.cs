using MAFlow.Torch;

namespace IsingFreeEnergy;

/// <summary>Everything the estimators found.</summary>
public sealed record Estimates(
    ImportanceEstimate Weights,
    ChainEstimate Metropolis,
    ChainEstimate HybridMonteCarlo,
    AnnealedEstimate? Annealed,
    BridgeEstimate Bridge,
    IReadOnlyDictionary<string, Observation> Observations)
{
    public const string Importance = "importance weights", Independence = "Metropolis", Latent = "latent HMC", Annealing = "annealing", Reference = "cluster chains";

    /// <summary>The reliable result of the flow with the smallest error of m²; where none is reliable, Metropolis with its problems.</summary>
    public KeyValuePair<string, Observation> Best => Observations
        .Where(pair => pair.Key != Reference && pair.Value.IsReliable)
        .OrderBy(pair => pair.Value.MagnetizationSquared.StandardError)
        .DefaultIfEmpty(new(Independence, Observations[Independence]))
        .First();
}
