using System.Text.Json.Serialization;

namespace MAFlow.Torch.Training;

/// <summary>The variational free energy of a flow, measured on fresh samples at two depths.</summary>
public sealed record FreeEnergyMeasurement
{
    [JsonConstructor]
    internal FreeEnergyMeasurement(
        double freeEnergy,
        double standardError,
        double deviation,
        long samples,
        int depth,
        double depthCheck,
        double depthCheckPerCoordinate,
        bool isConverged,
        double effectiveSampleFraction = double.NaN)
    {
        (FreeEnergy, StandardError, Deviation, Samples) = (freeEnergy, standardError, deviation, samples);
        (Depth, DepthCheck, DepthCheckPerCoordinate, IsConverged) = (depth, depthCheck, depthCheckPerCoordinate, isConverged);
        EffectiveSampleFraction = effectiveSampleFraction;
    }

    /// <summary>F = E[ln p + E] in nats, at depth <see cref="Depth"/>.</summary>
    public double FreeEnergy { get; }

    /// <summary>Standard error of F in nats.</summary>
    public double StandardError { get; }

    /// <summary>Standard deviation of ln p + E in nats; zero only if the flow is the target.</summary>
    public double Deviation { get; }

    /// <summary>Share (Σw)² / (n Σw²) of the samples that importance weights w = e^{-(ln p + E)} leave, from 0 to 1.</summary>
    /// <remarks>Of few samples it is too high where rare ones carry the weight; an ImportanceSampler says how far to trust it. NaN in a
    /// report that an earlier version wrote.</remarks>
    public double EffectiveSampleFraction { get; }

    /// <summary>Number of samples.</summary>
    public long Samples { get; }

    /// <summary>Number d of integration steps.</summary>
    public int Depth { get; }

    /// <summary>F at depth 2d minus F at d in nats, on the same latent codes.</summary>
    public double DepthCheck { get; }

    /// <summary>The depth check per coordinate, which on a lattice is per site: [F(2d) - F(d)] / N in nats.</summary>
    [JsonInclude]
    internal double DepthCheckPerCoordinate { get; }

    /// <summary>Whether that difference is within both tolerances; only then is F a bound.</summary>
    public bool IsConverged { get; }
}
