namespace MAFlow.Torch.Estimation;

/// <summary>ln Z from samples of a flow and of its target.</summary>
public sealed class BridgeEstimate : PartitionEstimate
{
    private BridgeEstimate(Estimate logPartition, double overlap, int fewest)
        : base(
            logPartition,
            new Reliability().Require(
                overlap * fewest >= Reliability.MinOverlapSamples,
                $"{overlap * fewest:F0} samples in the overlap, fewer than {Reliability.MinOverlapSamples}; draw more, or train longer"),
            new Dictionary<string, Estimate>(),
            new BlockMeans([], new Dictionary<string, double[]>())) =>
        Overlap = overlap;

    /// <summary>Share that both densities have in common.</summary>
    /// <value>From 0 for disjoint ones to 1 for equal ones.</value>
    public double Overlap { get; }

    /// <summary>
    /// Solves Σ P = n_p for ln Z, where P = 1 / (1 + (n_q / n_p) Z / w) is the probability that a sample came from the target.
    /// </summary>
    internal static BridgeEstimate Of(IReadOnlyList<double> flow, IReadOnlyList<double> target)
    {
        var odds = Math.Log((double)flow.Count / target.Count);
        double[] all = [.. flow, .. target];
        double Probability(double logWeight, double logPartition) => 1 / (1 + Math.Exp(odds + logPartition - logWeight));
        var (low, high) = (all.Min() - 50 - Math.Abs(odds), all.Max() + 50 + Math.Abs(odds));
        for (var i = 0; i < 200 && low < high; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = all.Sum(logWeight => Probability(logWeight, middle)) > target.Count ? (middle, high) : (low, middle);
        }

        var information = all.Sum(logWeight => Probability(logWeight, low) * (1 - Probability(logWeight, low)));
        var independent = (1.0 / flow.Count) + (1.0 / target.Count);
        // Rounding alone can push the variance of equal densities below zero.
        var error = Math.Sqrt(Math.Max(0, (1 / information) - independent));
        return new(new(low, error), information * independent, Math.Min(flow.Count, target.Count));
    }
}
