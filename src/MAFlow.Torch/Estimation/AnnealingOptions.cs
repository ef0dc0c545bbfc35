namespace MAFlow.Torch.Estimation;

/// <summary>How a flow's samples are annealed towards the target.</summary>
public sealed record AnnealingOptions
{
    /// <summary>Particles of each repeat, moved as one batch.</summary>
    /// <value>At least 16; default 128.</value>
    public int Particles { get; init; } = 128;

    /// <summary>Largest number of independent repeats, from which the error bars come.</summary>
    /// <value>At least 4; default 16.</value>
    public int Repeats { get; init; } = 16;

    /// <summary>Share of effective samples that one step in temperature may leave: nearer to 1 means more, smaller steps.</summary>
    /// <value>From 0.1 to 0.99; default 0.9.</value>
    public double StepEffectiveFraction { get; init; } = 0.9;

    /// <summary>Transitions at each temperature.</summary>
    /// <value>At least 1; default 2.</value>
    public int Moves { get; init; } = 2;

    /// <summary>Share of effective samples below which the particles are resampled.</summary>
    /// <value>From 0 (never) to 1 (always); default 0.5.</value>
    public double ResamplingFraction { get; init; } = 0.5;

    /// <summary>Largest number of temperatures.</summary>
    /// <value>At least 1; default 200. Where they do not suffice the last step is a large one.</value>
    public int MostTemperatures { get; init; } = 200;

    /// <summary>What moves the particles.</summary>
    public LatentTransition Transition { get; init; } = new HamiltonianTransition();

    /// <summary>Time after which no further repeat begins, once there are four. Null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        TensorChecks.RequireAtLeast(Particles, 16);
        TensorChecks.RequireAtLeast(Repeats, AnnealedEstimate.FewestRepeats);
        TensorChecks.RequireOption(StepEffectiveFraction, 0.1, 0.99);
        TensorChecks.RequireAtLeast(Moves, 1);
        TensorChecks.RequireOption(ResamplingFraction, 0, 1);
        TensorChecks.RequireAtLeast(MostTemperatures, 1);
        ArgumentNullException.ThrowIfNull(Transition);
        if (TimeLimit is { } limit)
        {
            TensorChecks.RequireAtLeast(limit.TotalSeconds, 0, nameof(TimeLimit));
        }
    }
}
