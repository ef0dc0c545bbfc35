namespace MAFlow.Torch.Estimation;

/// <summary>
/// How a flow's samples are annealed towards the target; where the time is limited, no further repeat begins after it once there are four.
/// </summary>
public sealed record AnnealingOptions : SamplerOptions
{
    /// <summary>Particles of each repeat, moved as one batch.</summary>
    /// <value>At least 16; default 128.</value>
    public int Particles = 128;

    /// <summary>Largest number of independent repeats, from which the error bars come.</summary>
    /// <value>At least 4; default 16.</value>
    public int Repeats = 16;

    /// <summary>Share of effective samples that one step in temperature may leave: nearer to 1 means more, smaller steps.</summary>
    /// <value>From 0.1 to 0.99; default 0.9.</value>
    internal double StepEffectiveFraction { get; init; } = 0.9;

    /// <summary>Transitions at each temperature.</summary>
    /// <value>At least 1; default 2.</value>
    public int Moves = 2;

    /// <summary>Share of effective samples below which the particles are resampled.</summary>
    /// <value>From 0 (never) to 1 (always); default 0.5.</value>
    internal double ResamplingFraction { get; init; } = 0.5;

    /// <summary>Largest number of temperatures.</summary>
    /// <value>At least 1; default 200. Where they do not suffice the last step is a large one.</value>
    public int MaxTemperatures = 200;

    /// <summary>What moves the particles.</summary>
    /// <value>Default hybrid Monte Carlo.</value>
    public LatentTransition Transition = LatentTransition.Hamiltonian();

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        TensorChecks.RequireAtLeast(Particles, 16);
        TensorChecks.RequireAtLeast(Repeats, AnnealedEstimate.MinRepeats);
        TensorChecks.RequireOption(StepEffectiveFraction, 0.1, 0.99);
        TensorChecks.RequireAtLeast(Moves, 1);
        TensorChecks.RequireOption(ResamplingFraction, 0, 1);
        TensorChecks.RequireAtLeast(MaxTemperatures, 1);
        ArgumentNullException.ThrowIfNull(Transition);
    }
}
