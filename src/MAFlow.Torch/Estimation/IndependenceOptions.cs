namespace MAFlow.Torch.Estimation;

/// <summary>How chains run that a flow proposes fresh samples to.</summary>
public sealed record IndependenceOptions : ChainOptions
{
    /// <summary>
    /// A flow in whose latent space the chains make local moves between the proposals: one at rest, with a final map at most, costs next to
    /// nothing.
    /// </summary>
    /// <value>Default null: no local moves.</value>
    public MongeAmpereFlow? LocalFlow;

    /// <summary>
    /// Local moves by hybrid Monte Carlo between two proposals, where there is a <see cref="LocalFlow"/>; their size is adapted during
    /// warm-up.
    /// </summary>
    /// <value>At least 1; default 10.</value>
    internal int LocalMoves { get; init; } = 10;

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        TensorChecks.RequireAtLeast(LocalMoves, 1);
    }
}
