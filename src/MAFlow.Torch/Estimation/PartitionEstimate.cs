namespace MAFlow.Torch.Estimation;

/// <summary>What a sampler says about its target that also knows how much mass the target has.</summary>
public abstract class PartitionEstimate : TargetEstimate
{
    private protected PartitionEstimate(
        Estimate logPartition, Reliability reliability, IReadOnlyDictionary<string, Estimate> observables, BlockMeans blocks)
        : base(reliability, observables, blocks) => LogPartition = logPartition;

    /// <summary>ln Z, Z = ∫ e^{-E(x)} dx, in nats with its error bar.</summary>
    public Estimate LogPartition { get; }
}
