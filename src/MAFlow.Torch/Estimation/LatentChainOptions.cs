namespace MAFlow.Torch.Estimation;

/// <summary>How chains run that a flow helps: by local moves in its latent space, by fresh samples, or by both.</summary>
public sealed record LatentChainOptions : ChainOptions
{
    /// <summary>The local move; its step is adapted during warm-up.</summary>
    /// <value>Default hybrid Monte Carlo. Null makes none: every proposal is a fresh sample of the flow.</value>
    public LatentTransition? Transition = LatentTransition.Hamiltonian();

    /// <summary>
    /// Whether local moves are followed by the proposal of a fresh sample of the flow, which can change modes that the local moves cannot.
    /// </summary>
    /// <value>Default true.</value>
    public bool ProposesFreshSamples = true;

    /// <summary>
    /// A flow in whose latent space the local moves are made, ten before each fresh sample: one at rest, with a final map at most, costs
    /// next to nothing.
    /// </summary>
    /// <value>Default null: that of the sampler, one move before each fresh sample.</value>
    public MongeAmpereFlow? LocalFlow;

    /// <summary>Local moves in each step.</summary>
    /// <value>At least 1; null (default): 10 where there is a <see cref="LocalFlow"/>, 1 elsewhere.</value>
    internal int? LocalMoves { get; init; }

    /// <summary>The number of local moves that a step takes.</summary>
    internal int MovesPerStep => Transition is null ? 0 : LocalMoves ?? (LocalFlow is null ? 1 : 10);

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        RequireMoves();
    }

    /// <inheritdoc/>
    internal override void ValidateSampling(int count, int minWarmup)
    {
        base.ValidateSampling(count, minWarmup);
        RequireMoves();
    }

    private void RequireMoves()
    {
        TensorChecks.RequireAtLeast(LocalMoves ?? 1, 1, nameof(LocalMoves));
        if (Transition is null && !(ProposesFreshSamples && LocalFlow is null))
        {
            throw new ArgumentException(
                "Expected a Transition, got null; only chains of fresh samples, without a LocalFlow, move without one.");
        }
    }
}
