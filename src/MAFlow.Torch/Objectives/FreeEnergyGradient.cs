namespace MAFlow.Torch.Objectives;

/// <summary>How the variational free energy is differentiated; both ways have the same mean.</summary>
public enum FreeEnergyGradient
{
    /// <summary>Through the samples and through ln p: one solve and its reverse pass.</summary>
    Reparametrized,

    /// <summary>Through the samples alone, which leaves out the score ∂ ln p/∂θ at fixed x: its spread vanishes as the flow approaches the
    /// target.</summary>
    Path,
}
