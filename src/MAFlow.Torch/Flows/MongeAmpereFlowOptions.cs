namespace MAFlow.Torch.Flows;

/// <summary>The flow's time horizon and how it is cut into steps.</summary>
public sealed record MongeAmpereFlowOptions
{
    /// <summary>Time horizon T: the fluid flows from t = 0 (Gaussian) to t = T (model).</summary>
    /// <value>Positive; default 4.</value>
    public double Horizon { get; init; } = 4;

    /// <summary>Depth d: number of Runge-Kutta steps of size ε = T/d, in training and, unless overridden, in use.</summary>
    /// <value>At least 1; default 12.</value>
    public int Depth { get; init; } = 12;

    /// <summary>Runge-Kutta method and Laplacian.</summary>
    /// <value>Default: classic RK4.</value>
    public TransportScheme Scheme { get; init; } = TransportScheme.Default;

    internal void Validate()
    {
        TensorChecks.RequireAtLeast(Horizon, double.Epsilon);
        TensorChecks.RequireAtLeast(Depth, 1);
        ArgumentNullException.ThrowIfNull(Scheme);
    }
}
