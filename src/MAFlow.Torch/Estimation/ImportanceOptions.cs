namespace MAFlow.Torch.Estimation;

/// <summary>
/// How much an importance sampler draws: until the error of ln Z is small enough, the samples are drawn, or the time is up.
/// </summary>
public sealed record ImportanceOptions : SamplerOptions
{
    /// <summary>Largest number n of samples.</summary>
    /// <value>At least 64; default 4096.</value>
    public int Samples = 4096;

    /// <summary>Samples per batch: memory grows with it.</summary>
    /// <value>At least 1; default 64.</value>
    public int BatchSize = 64;

    /// <summary>Standard error of ln Z, in nats, at which sampling may stop; the weights must be reliable as well.</summary>
    /// <value>At least 0; default 0, which draws all samples.</value>
    public double TargetError;

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        TensorChecks.RequireAtLeast(Samples, ImportanceEstimate.MinSamples);
        TensorChecks.RequireAtLeast(BatchSize, 1);
        TensorChecks.RequireAtLeast(TargetError, 0);
    }
}
