namespace ClusterFreeEnergy;

/// <summary>What the flow's weights, chains without the flow, and annealing without the flow say about the cluster.</summary>
/// <param name="Weights">By weights of the trained flow's samples.</param>
/// <param name="Chains">By hybrid Monte Carlo from independent particles.</param>
/// <param name="Annealed">By annealing independent particles.</param>
/// <param name="Comparison">Samples for the figures.</param>
public sealed record Estimates(ImportanceEstimate Weights, ChainEstimate Chains, AnnealedEstimate Annealed, Comparison Comparison);
