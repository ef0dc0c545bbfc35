using static TorchSharp.torch;

namespace MAFlow.Torch.Estimation;

/// <summary>Corrects a flow's samples by the weights w = e^{-E(x)} / p(x): ln Z = ln E_p[w].</summary>
/// <param name="flow">Proposal. At a depth that has not converged ln p is not the density of the samples.</param>
/// <param name="energy">Target.</param>
public sealed class ImportanceSampler(MongeAmpereFlow flow, Energy energy) : Sampler<ImportanceOptions, ImportanceEstimate>
{
    private protected override ImportanceEstimate Run(ImportanceOptions options, SamplerRun run)
    {
        TargetChecks.RequireOneSpace(flow, energy);
        var (logWeights, values) = (new List<double>(), run.Observables.Lists<double>());
        var check = ImportanceEstimate.MinSamples;
        while (logWeights.Count < options.Samples && !(run.IsLate(options.TimeLimit) && logWeights.Count >= ImportanceEstimate.MinSamples))
        {
            run.ThrowIfCancelled();
            using var batch = NewDisposeScope();
            var state = flow.Sample(Math.Min(options.BatchSize, options.Samples - logWeights.Count), run.Generator);
            logWeights.AddRange(FlowWeights.Of(energy, state.X, state.LogProb));
            foreach (var (name, numbers) in run.Observables.At(state.X))
            {
                values[name].AddRange(numbers);
            }

            // Looking at growing intervals costs no more than the samples themselves.
            if (logWeights.Count >= check)
            {
                check = (check * 5 / 4) + 1;
                var estimate = ImportanceEstimate.Of(logWeights, values);
                run.Report(logWeights.Count, options.Samples, $"{logWeights.Count} samples, ln Z = {estimate.LogPartition}");
                if (estimate.IsReliable && estimate.LogPartition.StandardError <= options.TargetError)
                {
                    return estimate;
                }
            }
        }

        return ImportanceEstimate.Of(logWeights, values);
    }
}
