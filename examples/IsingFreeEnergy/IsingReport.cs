using System.Text.Json;
using System.Text.Json.Serialization;
using MAFlow.Examples;

namespace IsingFreeEnergy;

/// <summary>The results as JSON; per-site values in nats.</summary>
public sealed record IsingReport(
    int Size,
    double Temperature,
    string Boundary,
    double? ExactFreeEnergyPerSite,
    double? VariationalFreeEnergyPerSite,
    double? StandardError,
    double? KlNats,
    double? StdLogWeightNats,
    int Depth,
    double? DepthCheckPerSite,
    double ImportanceFreeEnergyPerSite,
    double ImportanceStandardError,
    double EffectiveSampleFraction,
    double ParetoShape,
    bool ImportanceIsReliable,
    double MetropolisAcceptance,
    double MetropolisAutocorrelationTime,
    double MagnetizationSquared,
    double MagnetizationSquaredError,
    double HybridMonteCarloMagnetizationSquared,
    double HybridMonteCarloMagnetizationSquaredError,
    long Parameters,
    long Iterations,
    double Seconds)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public void Save(string path) => AtomicFile.Write(path, temporary => File.WriteAllText(temporary, JsonSerializer.Serialize(this, Format) + "\n"));
}
