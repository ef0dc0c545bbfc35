using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>ln Z from both sides: weights of the flow's samples and of samples of the target that another method drew.</summary>
/// <remarks>
/// Unlike importance sampling it sees mass that the flow seldom visits, and its error is far smaller where the two densities differ.
/// Bennett, "Efficient estimation of free energy differences from Monte Carlo data" (1976); Meng, Wong, "Simulating ratios of normalizing
/// constants" (1996).
/// </remarks>
/// <param name="flow">One side.</param>
/// <param name="energy">The other side.</param>
public sealed class BridgeSampler(MongeAmpereFlow flow, Energy energy)
{
    private const int RowsAtOnce = 64;

    /// <summary>Draws as many samples of the flow as there are of the target, and compares.</summary>
    /// <param name="targetSamples">
    /// Independent samples of the target, shape [M, N] with M ≥ 16; correlated ones make the error bar too small.
    /// </param>
    /// <param name="generator">Source of the flow's samples.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">
    /// The shape is wrong, there are too few samples, or flow and energy differ in their dimensions.
    /// </exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number.</exception>
    public BridgeEstimate Run(Tensor targetSamples, Generator generator, CancellationToken cancellationToken = default)
    {
        TargetChecks.RequireOneSpace(flow, energy);
        TensorChecks.RequirePoints(targetSamples, energy.Dimension);
        TensorChecks.RequireAtLeast(targetSamples.shape[0], 16, nameof(targetSamples));
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var (fromFlow, fromTarget) = (new List<double>(), new List<double>());
        foreach (var rows in targetSamples.split(RowsAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batch = NewDisposeScope();
            fromTarget.AddRange(FlowWeights.Of(energy, rows, flow.LogProb(rows)));
            var state = flow.Sample(rows.shape[0], generator);
            fromFlow.AddRange(FlowWeights.Of(energy, state.X, state.LogProb));
        }

        return BridgeEstimate.Of(fromFlow, fromTarget);
    }
}
