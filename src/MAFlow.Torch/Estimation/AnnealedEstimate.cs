namespace MAFlow.Torch.Estimation;

/// <summary>What annealing a flow's samples towards the target gives.</summary>
/// <remarks>ln Z is that of the mean of the repeats' unbiased Z; its error is by their spread.</remarks>
public sealed class AnnealedEstimate : PartitionEstimate
{
    internal const int MinRepeats = 4;
    private const double MaxDeviation = Reliability.MaxDeviation;

    internal AnnealedEstimate(
        Estimate logPartition,
        IReadOnlyList<double> repeatLogPartitions,
        IReadOnlyList<double> inverseTemperatures,
        double acceptance,
        double effectiveSampleFraction,
        double survivingLineages,
        IReadOnlyDictionary<string, Estimate> observables,
        BlockMeans blocks)
        : base(logPartition, Judge(DeviationOf(repeatLogPartitions), acceptance, survivingLineages), observables, blocks)
    {
        (RepeatLogPartitions, InverseTemperatures) = (repeatLogPartitions, inverseTemperatures);
        (Acceptance, EffectiveSampleFraction, SurvivingLineages) = (acceptance, effectiveSampleFraction, survivingLineages);
    }

    /// <summary>ln Z of each repeat, in nats.</summary>
    internal IReadOnlyList<double> RepeatLogPartitions { get; }

    /// <summary>β of each step.</summary>
    /// <value>Ascending, from above 0 to 1.</value>
    internal IReadOnlyList<double> InverseTemperatures { get; }

    /// <summary>Share of proposals accepted.</summary>
    public double Acceptance { get; }

    /// <summary>Of the final weights of all repeats together; resampled copies count as samples.</summary>
    internal double EffectiveSampleFraction { get; }

    /// <summary>Share of the particles at β = 0 that have descendants at β = 1.</summary>
    internal double SurvivingLineages { get; }

    /// <summary>Standard deviation of ln Z between repeats, in nats.</summary>
    private static double DeviationOf(IReadOnlyList<double> logPartitions) =>
        Estimate.OfIndependent(logPartitions).StandardError * Math.Sqrt(logPartitions.Count);

    private static Reliability Judge(double deviation, double acceptance, double survivingLineages) => new Reliability()
        .Require(
            deviation <= MaxDeviation,
            $"ln Z of the repeats deviates by {deviation:F2} nats, above {MaxDeviation}; use more particles, moves or temperatures")
        .Require(
            acceptance >= Reliability.MinShare,
            $"{acceptance:P1} of the moves were accepted, fewer than 5%; the particles hardly move")
        .Require(
            survivingLineages >= Reliability.MinShare,
            $"{survivingLineages:P1} of the first particles have descendants, fewer than 5%; use more moves or temperatures");
}
