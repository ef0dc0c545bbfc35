using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Corrects a flow's samples by the weights w = e^{-E(x)} / p(x): ln Z = ln E_p[w].</summary>
/// <param name="flow">Proposal.</param>
/// <param name="energy">Target.</param>
/// <param name="depth">Depth of the flow; its own when null. At a depth that has not converged ln p is not the density of the samples.</param>
public sealed class ImportanceSampler(MongeAmpereFlow flow, Energy energy, int? depth = null)
{
    /// <summary>Draws and weights samples.</summary>
    /// <param name="options">Number of samples, wanted error, and time.</param>
    /// <param name="generator">Source of the samples.</param>
    /// <param name="observables">Functions of points [B, N] to [B], by name.</param>
    /// <param name="progress">Told after each batch, on the calling thread.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">Flow and energy differ in their dimensions.</exception>
    /// <exception cref="InvalidOperationException">A weight is not a finite number.</exception>
    public ImportanceEstimate Run(
        ImportanceOptions options,
        Generator generator,
        IReadOnlyDictionary<string, Func<Tensor, Tensor>>? observables = null,
        IProgress<ImportanceProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        TargetChecks.RequireOneSpace(flow, energy);
        observables ??= new Dictionary<string, Func<Tensor, Tensor>>();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var clock = Stopwatch.StartNew();
        var logWeights = new List<double>();
        var values = observables.ToDictionary(pair => pair.Key, pair => new List<double>());
        var check = ImportanceEstimate.FewestSamples;
        while (logWeights.Count < options.Samples && !(clock.Elapsed > options.TimeLimit && logWeights.Count >= ImportanceEstimate.FewestSamples))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batch = NewDisposeScope();
            var state = flow.Sample(Math.Min(options.BatchSize, options.Samples - logWeights.Count), generator, depth);
            logWeights.AddRange(Numbers(RequireFinite(energy.Value(state.X).Add(state.LogProb).neg())));
            foreach (var (name, list) in values)
            {
                list.AddRange(Numbers(observables[name](state.X)));
            }

            // Looking at growing intervals costs no more than the samples themselves.
            if (logWeights.Count >= check)
            {
                check = (check * 5 / 4) + 1;
                var estimate = ImportanceEstimate.Of(logWeights, Lists(values));
                progress?.Report(new(logWeights.Count, options.Samples, estimate.LogPartition, clock.Elapsed));
                if (estimate.IsReliable && estimate.LogPartition.StandardError <= options.TargetError)
                {
                    return estimate;
                }
            }
        }

        return ImportanceEstimate.Of(logWeights, Lists(values));
    }

    internal static double[] Numbers(Tensor values) => values.to(float64).cpu().contiguous().data<double>().ToArray();

    /// <summary>Requires finite log-weights: others come from a flow that leaves the range of its numbers.</summary>
    internal static Tensor RequireFinite(Tensor logWeights) => logWeights.isfinite().all().item<bool>()
        ? logWeights
        : throw new InvalidOperationException("Expected finite log-weights of the flow's samples, got NaN or infinity; raise the depth, or use a flow whose training did not diverge.");

    private static Dictionary<string, IReadOnlyList<double>> Lists(Dictionary<string, List<double>> values) =>
        values.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<double>)pair.Value);
}
