namespace MAFlow.Torch.Estimation;

/// <summary>How chains run in the latent space of a flow.</summary>
public sealed record LatentChainOptions : ChainOptions
{
    /// <summary>The local move; its step is adapted during warm-up.</summary>
    /// <value>Default hybrid Monte Carlo.</value>
    public LatentTransition Transition = LatentTransition.Hamiltonian();

    /// <summary>
    /// Whether each local move is followed by the proposal of a fresh sample of the flow, which can change modes that the local moves
    /// cannot.
    /// </summary>
    /// <value>Default true.</value>
    public bool ProposesFreshSamples = true;

    /// <inheritdoc/>
    internal override void Validate(Observables observables)
    {
        base.Validate(observables);
        ArgumentNullException.ThrowIfNull(Transition);
    }
}
