namespace MAFlow.Torch.Potentials;

/// <summary>How a transport is computed: Runge-Kutta method, Laplacian, arithmetic and memory.</summary>
public sealed record TransportScheme
{
    /// <summary>Classic RK4 with the exact Laplacian, as in the paper.</summary>
    public static TransportScheme Default { get; } = new();

    /// <summary>Runge-Kutta method.</summary>
    /// <value>Default: <see cref="ButcherTableau.RungeKutta4"/>.</value>
    public ButcherTableau Tableau { get; init; } = ButcherTableau.RungeKutta4;

    /// <summary>Laplacian of potentials without a closed form.</summary>
    /// <value>Default: <see cref="LaplacianEstimator.Exact"/>.</value>
    public LaplacianEstimator Laplacian { get; init; } = LaplacianEstimator.Exact;

    /// <summary>Arithmetic of the matrix products of ridge potentials.</summary>
    /// <value>Default: <see cref="Precision.Full"/>, the potential's own type.</value>
    public Precision Precision { get; init; } = Precision.Full;

    /// <summary>Whether training keeps only the step boundaries of a solve and computes its stages again in the reverse pass: a third more work for a quarter of the memory.</summary>
    /// <value>Default false. Ridge potentials only.</value>
    public bool Recompute { get; init; }
}
