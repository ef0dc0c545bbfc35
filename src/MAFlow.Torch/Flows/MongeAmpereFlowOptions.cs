namespace MAFlow.Torch.Flows;

/// <summary>The flow's time horizon, and how it is integrated.</summary>
public sealed record MongeAmpereFlowOptions
{
    internal const double DefaultHorizon = 4;
    private readonly double? _horizon;

    /// <summary>Time horizon T: the fluid flows from t = 0 (Gaussian) to t = T (model).</summary>
    /// <value>Positive; default that of the potential, or 4 where it has none.</value>
    public double Horizon
    {
        get => _horizon ?? DefaultHorizon;
        init => _horizon = value;
    }

    /// <summary>Depth d asked for: number of steps of size ε = T/d. A flow of K pieces takes K·⌈d/K⌉, see
    /// <see cref="MongeAmpereFlow.Depth"/>.</summary>
    /// <value>At least 1; default 12.</value>
    public int Depth = 12;

    /// <summary>Method that integrates dx/dt = ∇φ.</summary>
    /// <value>Default: the classic <see cref="ButcherTableau.RungeKutta4"/>, as in the paper.</value>
    public Integrator Integrator = ExplicitRungeKutta.Classic;

    /// <summary>Laplacian of potentials without a closed form.</summary>
    /// <value>Default: <see cref="LaplacianEstimator.Exact"/>.</value>
    public LaplacianEstimator Laplacian = LaplacianEstimator.Exact;

    /// <summary>Arithmetic of the matrix products of ridge potentials.</summary>
    /// <value>Default: <see cref="Precision.Full"/>, the potential's own type. Of a flow that was made, never
    /// <see cref="Precision.Fastest"/>, but what was taken for it.</value>
    public Precision Precision = Precision.Full;

    /// <summary>What was taken for <see cref="Precision.Fastest"/>; null where something else was asked for.</summary>
    internal Precision? ChosenPrecision;

    /// <summary>Whether training keeps only the step boundaries of a solve and takes each step again in the reverse pass: a third more work
    /// for a fraction of the memory.</summary>
    /// <value>Default false.</value>
    public bool Recompute;

    /// <summary>Whether the precision was chosen by time.</summary>
    internal bool IsPrecisionChosen => ChosenPrecision == Precision;

    /// <summary>What a training has to say about the precision, or null.</summary>
    internal string? PrecisionRemark(Potential potential) => ProductTiming.Remark(potential, Precision, IsPrecisionChosen);

    /// <summary>The same options with a precision that was chosen by time.</summary>
    internal MongeAmpereFlowOptions Choosing(Precision precision) => this with { Precision = precision, ChosenPrecision = precision };

    /// <summary>The same options with a horizon for a potential, its own where none was asked for, and with the faster precision where that
    /// was asked for.</summary>
    /// <exception cref="ArgumentException">The potential is made for another horizon.</exception>
    internal MongeAmpereFlowOptions For(Potential potential)
    {
        Validate();
        if (Precision == Precision.Fastest)
        {
            return Choosing(ProductTiming.Fastest(potential)).For(potential);
        }

        if (potential.Horizon is not { } own)
        {
            return this with { Horizon = Horizon };
        }

        return Math.Abs((_horizon ?? own) - own) <= 1e-9 * own
            ? this with { Horizon = own }
            : throw new ArgumentException(
                FormattableString.Invariant($"Expected the horizon {own} that the potential is made for, got {_horizon}; ")
                + FormattableString.Invariant($"leave Horizon out of the options, or make the potential for {_horizon}."));
    }

    internal void Validate()
    {
        TensorChecks.RequireAtLeast(Horizon, double.Epsilon);
        TensorChecks.RequireAtLeast(Depth, 1);
        ArgumentNullException.ThrowIfNull(Integrator);
        ArgumentNullException.ThrowIfNull(Laplacian);
    }
}
