namespace MAFlow.Torch;

/// <summary>What Markov chains with the target as their stationary density give.</summary>
/// <param name="Acceptance">Share of proposals accepted, after the chains were warmed up.</param>
/// <param name="AutocorrelationTime">Integrated autocorrelation time of the energy, in steps.</param>
/// <param name="Observables">Means by name; errors from the spread between the independent chains.</param>
public sealed record ChainEstimate(double Acceptance, double AutocorrelationTime, IReadOnlyDictionary<string, Estimate> Observables);
