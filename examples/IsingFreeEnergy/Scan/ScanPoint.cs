namespace IsingFreeEnergy.Scan;

/// <summary>One temperature of a scan; all per site of the spins and in units of the coupling.</summary>
public sealed record ScanPoint
{
    public required int Index { get; init; }
    public required double Temperature { get; init; }
    public required int Size { get; init; }

    /// <summary>-T ln Z / N of the spins, from importance weights.</summary>
    public required Measured FreeEnergy { get; init; }

    public required Measured Energy { get; init; }
    public required Measured SpecificHeat { get; init; }
    public required Measured Magnetization { get; init; }
    public required Measured BinderCumulant { get; init; }
    public required double ExactFreeEnergy { get; init; }
    public required double ExactEnergy { get; init; }
    public required double ExactSpecificHeat { get; init; }

    /// <summary>By exact cluster chains, which know nothing of the flow.</summary>
    public required Measured ReferenceMagnetization { get; init; }

    public required Measured ReferenceBinderCumulant { get; init; }

    /// <summary>Divergence of the flow from the target in nats; null where no depth converged.</summary>
    public required double? KlNats { get; init; }

    public required double EffectiveSampleFraction { get; init; }

    /// <summary>Why the error bars are not to be trusted; empty where nothing speaks against them.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required long Iterations { get; init; }
    public required double Seconds { get; init; }
}

/// <summary>A number with its standard error.</summary>
public sealed record Measured(double Value, double StandardError)
{
    public static Measured Of(Estimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return new(estimate.Value, estimate.StandardError);
    }
}
