namespace MAFlow.Torch;

/// <summary>How a transport is computed: the Runge-Kutta method and the Laplacian of potentials that have no closed form.</summary>
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
}
