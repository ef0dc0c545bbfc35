using MAFlow.Examples;

namespace IsingFreeEnergy.Phi4;

/// <summary>What <c>--model phi4 --report FILE</c> writes; free energies in nats.</summary>
public sealed record Phi4Report
{
    public required int Size { get; init; }
    public required double MassSquared { get; init; }
    public required double Coupling { get; init; }

    /// <summary>Null where no depth converged, so that there is no bound.</summary>
    public required double? VariationalFreeEnergyPerSite { get; init; }

    public required double? StandardError { get; init; }
    public required double? StdLogWeightNats { get; init; }
    public required int Depth { get; init; }
    public required double? DepthCheckPerSite { get; init; }
    public required double ImportanceFreeEnergyPerSite { get; init; }
    public required double ImportanceStandardError { get; init; }
    public required int ImportanceSamples { get; init; }

    /// <summary>Bound less importance estimate, in nats: what the flow is away from the target.</summary>
    public required double? KlNats { get; init; }

    public required double EffectiveSampleFraction { get; init; }
    public required double ParetoShape { get; init; }
    public required bool ImportanceIsReliable { get; init; }
    public required double MetropolisAcceptance { get; init; }
    public required double MetropolisRHat { get; init; }
    public required double MetropolisAutocorrelationTime { get; init; }
    public required double HybridMonteCarloAcceptance { get; init; }
    public required double HybridMonteCarloRHat { get; init; }
    public required double HybridMonteCarloAutocorrelationTime { get; init; }

    /// <summary>Means by method: φ² per site, |M| and M² of M = Σφ / N, and the connected susceptibility N M².</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, Estimate>> Observables { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Problems { get; init; }
    public required IReadOnlyList<Rung> Rungs { get; init; }
    public required long Parameters { get; init; }
    public required long Iterations { get; init; }
    public required double TrainingSeconds { get; init; }
    public required double Seconds { get; init; }

    public void Save(string path) => ReportFile.Save(path, this);
}
