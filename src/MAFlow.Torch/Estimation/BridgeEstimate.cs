namespace MAFlow.Torch.Estimation;

/// <summary>ln Z from samples of a flow and of its target.</summary>
/// <param name="LogPartition">ln Z with its error bar.</param>
/// <param name="Overlap">Share that both densities have in common: 1 for equal ones, 0 for disjoint ones.</param>
/// <param name="FlowSamples">Number n_q of samples of the flow.</param>
/// <param name="TargetSamples">Number n_p of samples of the target.</param>
public sealed record BridgeEstimate(Estimate LogPartition, double Overlap, int FlowSamples, int TargetSamples)
{
    /// <summary>Fewest samples in the overlap that are reported as reliable.</summary>
    public const double ReliableSamples = 50;

    /// <summary>Why the error bar is not to be trusted; empty where nothing speaks against it.</summary>
    public IReadOnlyList<string> Problems => Overlap * Math.Min(FlowSamples, TargetSamples) >= ReliableSamples
        ? []
        : [FormattableString.Invariant($"{Overlap * Math.Min(FlowSamples, TargetSamples):F0} samples in the overlap of flow and target, fewer than {ReliableSamples}; draw more, or train longer")];

    /// <summary>Whether enough samples lie where both densities have mass.</summary>
    public bool IsReliable => Problems.Count == 0;

    /// <summary>Solves Σ P = n_p for ln Z, where P = 1 / (1 + (n_q / n_p) Z / w) is the probability that a sample came from the target.</summary>
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
        var fewest = (1.0 / flow.Count) + (1.0 / target.Count);
        // Rounding alone can push the variance of equal densities below zero.
        return new(new(low, Math.Sqrt(Math.Max(0, (1 / information) - fewest))), information * fewest, flow.Count, target.Count);
    }
}
