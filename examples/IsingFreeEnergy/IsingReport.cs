using MAFlow.Examples;

namespace IsingFreeEnergy;

/// <summary>What <c>--report FILE</c> writes. Free energies are in nats, energies of the spins in units of the coupling.</summary>
public sealed record IsingReport
{
    public required int Size { get; init; }
    public required double Temperature { get; init; }
    public required string Boundary { get; init; }
    public required double? ExactFreeEnergyPerSite { get; init; }

    /// <summary>Null where no depth converged, so that there is no bound.</summary>
    public required double? VariationalFreeEnergyPerSite { get; init; }

    public required double? StandardError { get; init; }
    public required double? KlNats { get; init; }
    public required double? StdLogWeightNats { get; init; }
    public required int Depth { get; init; }
    public required double? DepthCheckPerSite { get; init; }
    public required double ImportanceFreeEnergyPerSite { get; init; }
    public required double ImportanceStandardError { get; init; }
    public required int ImportanceSamples { get; init; }
    public required double EffectiveSampleFraction { get; init; }
    public required double ParetoShape { get; init; }

    /// <summary>Whether the weights' tail allows an error bar, and the weighted spins agree with those of the cluster chains.</summary>
    public required bool ImportanceIsReliable { get; init; }

    /// <summary>Null where the weights were reliable, so that nothing was annealed.</summary>
    public required double? AnnealedFreeEnergyPerSite { get; init; }

    public required double? AnnealedStandardError { get; init; }
    public required bool? AnnealedIsReliable { get; init; }
    public required double BridgeFreeEnergyPerSite { get; init; }
    public required double BridgeStandardError { get; init; }
    public required double BridgeOverlap { get; init; }
    public required bool BridgeIsReliable { get; init; }
    public required double MetropolisAcceptance { get; init; }
    public required double MetropolisRHat { get; init; }
    public required double MetropolisAutocorrelationTime { get; init; }
    public required double HybridMonteCarloAcceptance { get; init; }
    public required double HybridMonteCarloRHat { get; init; }
    public required double HybridMonteCarloAutocorrelationTime { get; init; }

    /// <summary>Of hybrid Monte Carlo in the coordinates of the final map alone; all times are the energy's, in steps.</summary>
    public required double PlainHybridMonteCarloAutocorrelationTime { get; init; }
    public required double MagnetizationSquared { get; init; }
    public required double MagnetizationSquaredError { get; init; }

    /// <summary>The method of the flow that these two are from: the reliable one with the smallest error.</summary>
    public required string MagnetizationSquaredMethod { get; init; }

    public required bool MagnetizationSquaredIsReliable { get; init; }

    /// <summary>By exact chains without the flow.</summary>
    public required double ReferenceMagnetizationSquared { get; init; }

    public required double ReferenceMagnetizationSquaredError { get; init; }
    public required IReadOnlyDictionary<string, Observation> Observables { get; init; }
    /// <summary>What each rung of the ladder reached, the smallest torus first; none where there was no ladder.</summary>
    public required IReadOnlyList<Rung> Rungs { get; init; }

    public required long Parameters { get; init; }
    public required long Iterations { get; init; }

    /// <summary>Of training, earlier parts of a resumed one included.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Of the whole run.</summary>
    public required double Seconds { get; init; }

    public static IsingReport Of(
        Settings settings, IsingEnergy energy, MongeAmpereFlow flow, TrainingReport trained, IReadOnlyList<Rung> rungs, Estimates estimates,
        TimeSpan time)
    {
        var (sites, exact, final) = (energy.Lattice!.Sites, -energy.ExactLogPartition(), trained.FreeEnergy);
        var (weights, bridge, best, reference) = (estimates.Weights, estimates.Bridge, estimates.Best, estimates.Observations[Estimates.Reference]);
        return new()
        {
            Size = settings.Size,
            Temperature = settings.Temperature,
            Boundary = settings.Boundary.ToString(),
            ExactFreeEnergyPerSite = exact / sites,
            VariationalFreeEnergyPerSite = final?.FreeEnergy / sites,
            StandardError = final?.StandardError / sites,
            KlNats = final?.FreeEnergy - exact,
            StdLogWeightNats = final?.Deviation,
            Depth = trained.Depth,
            DepthCheckPerSite = final?.DepthCheck / sites,
            ImportanceFreeEnergyPerSite = -weights.LogPartition.Value / sites,
            ImportanceStandardError = weights.LogPartition.StandardError / sites,
            ImportanceSamples = weights.Samples,
            EffectiveSampleFraction = weights.EffectiveSampleFraction,
            ParetoShape = weights.ParetoShape,
            ImportanceIsReliable = estimates.Observations[Estimates.Importance].IsReliable,
            AnnealedFreeEnergyPerSite = -estimates.Annealed?.LogPartition.Value / sites,
            AnnealedStandardError = estimates.Annealed?.LogPartition.StandardError / sites,
            AnnealedIsReliable = estimates.Observations.GetValueOrDefault(Estimates.Annealing)?.IsReliable,
            BridgeFreeEnergyPerSite = -bridge.LogPartition.Value / sites,
            BridgeStandardError = bridge.LogPartition.StandardError / sites,
            BridgeOverlap = bridge.Overlap,
            BridgeIsReliable = bridge.IsReliable,
            MetropolisAcceptance = estimates.MetropolisChains.Acceptance,
            MetropolisRHat = estimates.MetropolisChains.RHat,
            MetropolisAutocorrelationTime = estimates.MetropolisChains.AutocorrelationTime,
            HybridMonteCarloAcceptance = estimates.HybridChains.Acceptance,
            HybridMonteCarloRHat = estimates.HybridChains.RHat,
            HybridMonteCarloAutocorrelationTime = estimates.HybridChains.AutocorrelationTime,
            PlainHybridMonteCarloAutocorrelationTime = estimates.PlainChains.AutocorrelationTime,
            MagnetizationSquared = best.Value.MagnetizationSquared.Value,
            MagnetizationSquaredError = best.Value.MagnetizationSquared.StandardError,
            MagnetizationSquaredMethod = best.Key,
            MagnetizationSquaredIsReliable = best.Value.IsReliable,
            ReferenceMagnetizationSquared = reference.MagnetizationSquared.Value,
            ReferenceMagnetizationSquaredError = reference.MagnetizationSquared.StandardError,
            Observables = estimates.Observations,
            Rungs = rungs,
            Parameters = flow.ParameterCount,
            Iterations = trained.Steps,
            TrainingSeconds = trained.Elapsed.TotalSeconds,
            Seconds = time.TotalSeconds,
        };
    }

    public void Save(string path) => ReportFile.Save(path, this);
}
