namespace MAFlow.Torch.Estimation;

/// <summary>What annealing a flow's samples towards the target gives.</summary>
/// <param name="LogPartition">ln of the mean of the repeats' unbiased Z, error by their spread.</param>
/// <param name="RepeatLogPartitions">ln Z of each repeat.</param>
/// <param name="InverseTemperatures">β of each step, from above 0 to 1.</param>
/// <param name="Acceptance">Share of proposals accepted.</param>
/// <param name="EffectiveSampleFraction">Of the final weights of all repeats together; resampled copies count as samples.</param>
/// <param name="SurvivingLineages">Share of the particles at β = 0 that have descendants at β = 1.</param>
/// <param name="Observables">Weighted means by name, errors by jackknife over the repeats.</param>
/// <param name="Blocks">The repeats' own means, for functions of several means.</param>
public sealed record AnnealedEstimate(
    Estimate LogPartition,
    IReadOnlyList<double> RepeatLogPartitions,
    IReadOnlyList<double> InverseTemperatures,
    double Acceptance,
    double EffectiveSampleFraction,
    double SurvivingLineages,
    IReadOnlyDictionary<string, Estimate> Observables,
    BlockMeans Blocks)
{
    /// <summary>Largest standard deviation of ln Z between repeats, in nats, that is reported as reliable.</summary>
    /// <remarks>Beyond it few repeats decide the mean of Z, and ln Z is biased downwards by half its variance.</remarks>
    public const double ReliableDeviation = 1;

    internal const int FewestRepeats = 4;

    /// <summary>Standard deviation of ln Z between repeats, in nats.</summary>
    public double Deviation => Estimate.OfIndependent(RepeatLogPartitions).StandardError * Math.Sqrt(RepeatLogPartitions.Count);

    /// <summary>Why the error bars are not to be trusted; empty where nothing speaks against them.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            if (!(Deviation <= ReliableDeviation))
            {
                problems.Add(FormattableString.Invariant($"ln Z of the repeats has a standard deviation of {Deviation:F2} nats, above {ReliableDeviation}; use more particles, moves or temperatures"));
            }

            if (!(Acceptance >= 0.05))
            {
                problems.Add(FormattableString.Invariant($"{Acceptance:P1} of the moves were accepted, fewer than 5%; the particles hardly move"));
            }

            if (!(SurvivingLineages >= 0.05))
            {
                problems.Add(FormattableString.Invariant($"{SurvivingLineages:P1} of the first particles have descendants, fewer than 5%; use more moves or temperatures"));
            }

            return problems;
        }
    }

    /// <summary>Whether the repeats let the error bars be trusted.</summary>
    /// <remarks>Necessary, not sufficient: mass that no particle finds leaves no trace.</remarks>
    public bool IsReliable => Problems.Count == 0;
}
