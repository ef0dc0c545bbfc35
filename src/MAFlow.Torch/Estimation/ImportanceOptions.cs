namespace MAFlow.Torch.Estimation;

/// <summary>How much an importance sampler draws: until the error of ln Z is small enough, the samples are drawn, or the time is up.</summary>
public sealed record ImportanceOptions
{
    /// <summary>Largest number n of samples.</summary>
    /// <value>At least 64; default 4096.</value>
    public int Samples { get; init; } = 4096;

    /// <summary>Samples per batch: memory grows with it.</summary>
    /// <value>At least 1; default 64.</value>
    public int BatchSize { get; init; } = 64;

    /// <summary>Standard error of ln Z, in nats, at which sampling may stop; the weights must be reliable as well.</summary>
    /// <value>At least 0; default 0, which draws all samples.</value>
    public double TargetError { get; init; }

    /// <summary>Time after which sampling stops with what it has. Null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        TensorChecks.RequireAtLeast(Samples, ImportanceEstimate.FewestSamples);
        TensorChecks.RequireAtLeast(BatchSize, 1);
        TensorChecks.RequireAtLeast(TargetError, 0);
        if (TimeLimit is { } limit)
        {
            TensorChecks.RequireAtLeast(limit.TotalSeconds, 0, nameof(TimeLimit));
        }
    }
}
