using MAFlow.Examples;

namespace ClusterFreeEnergy;

/// <summary>What <c>--report FILE</c> writes; ln Z in nats, energies over the temperature.</summary>
public sealed record ClusterReport
{
    public required string Name { get; init; }
    public required int Particles { get; init; }
    public required int Dimensions { get; init; }
    public required double Temperature { get; init; }

    /// <summary>What the tether of the centre of mass adds to each ln Z below.</summary>
    public required double TetherLogPartition { get; init; }

    /// <summary>By quadrature; null for more than three particles.</summary>
    public required double? ExactLogPartition { get; init; }

    /// <summary>Minus the variational free energy, a lower bound of ln Z; null where no depth converged.</summary>
    public required double? Bound { get; init; }

    public required double? BoundStandardError { get; init; }
    public required double? StdLogWeightNats { get; init; }
    public required int Depth { get; init; }

    /// <summary>What twice the depth changes, in nats.</summary>
    public required double? DepthCheck { get; init; }

    public required Estimate ImportanceLogPartition { get; init; }
    public required int ImportanceSamples { get; init; }
    public required double EffectiveSampleFraction { get; init; }
    public required double ParetoShape { get; init; }
    public required IReadOnlyList<string> ImportanceProblems { get; init; }
    public required Estimate AnnealedLogPartition { get; init; }
    public required IReadOnlyList<string> AnnealingProblems { get; init; }

    /// <summary>Mean energy and distance, by method.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, Estimate>> Observables { get; init; }

    public required double ChainsRHat { get; init; }
    public required double ChainsAutocorrelationTime { get; init; }
    public required IReadOnlyList<string> ChainsProblems { get; init; }

    /// <summary>Half the integral of the absolute difference to Monte Carlo, of the weighted samples: distances and energies.</summary>
    public required double DistancesApart { get; init; }

    public required double EnergiesApart { get; init; }
    public required long Parameters { get; init; }
    public required long Iterations { get; init; }
    public required double TrainingSeconds { get; init; }
    public required double Seconds { get; init; }

    public static ClusterReport Of(Cluster cluster, ParticleEnergy energy, MongeAmpereFlow flow, TrainingReport trained, Estimates estimates, TimeSpan time)
    {
        const int bins = 50;
        var (weights, final, comparison) = (estimates.Weights, trained.FreeEnergy, estimates.Comparison);
        var (distances, energies) = (comparison.Distances(cluster.Range, bins), comparison.Energies(bins));
        return new()
        {
            Name = cluster.Name,
            Particles = cluster.Settings.Particles,
            Dimensions = cluster.Settings.Dimensions,
            Temperature = cluster.Settings.Temperature,
            TetherLogPartition = energy.TetherLogPartition,
            ExactLogPartition = energy.ExactLogPartition(),
            Bound = -final?.FreeEnergy,
            BoundStandardError = final?.StandardError,
            StdLogWeightNats = final?.Deviation,
            Depth = trained.Depth,
            DepthCheck = final?.DepthCheck,
            ImportanceLogPartition = weights.LogPartition,
            ImportanceSamples = weights.Samples,
            EffectiveSampleFraction = weights.EffectiveSampleFraction,
            ParetoShape = weights.ParetoShape,
            ImportanceProblems = weights.Problems,
            AnnealedLogPartition = estimates.Annealed.LogPartition,
            AnnealingProblems = estimates.Annealed.Problems,
            Observables = new Dictionary<string, IReadOnlyDictionary<string, Estimate>>
            {
                ["importance weights"] = weights.Observables, ["annealing"] = estimates.Annealed.Observables, ["Monte Carlo"] = estimates.Chains.Observables,
            },
            ChainsRHat = estimates.Chains.RHat,
            ChainsAutocorrelationTime = estimates.Chains.AutocorrelationTime,
            ChainsProblems = estimates.Chains.Problems,
            DistancesApart = distances.Weighted.DistanceTo(distances.Chains),
            EnergiesApart = energies.Weighted.DistanceTo(energies.Chains),
            Parameters = flow.ParameterCount,
            Iterations = trained.Steps,
            TrainingSeconds = trained.Elapsed.TotalSeconds,
            Seconds = time.TotalSeconds,
        };
    }

    public void Save(string path) => ReportFile.Save(path, this);
}
