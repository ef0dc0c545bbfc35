using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>An explicit Runge-Kutta method: Zᵢ = x + ε Σ_{j&lt;i} Aᵢⱼ kⱼ, kᵢ = v(Zᵢ, t + cᵢ ε), x⁺ = x + ε Σ bᵢ kᵢ.</summary>
/// <remarks>Ridge potentials bring a closed solve for these methods, with a reverse pass that is derived by hand. Zhang, E, Wang (2018),
/// section 3, takes the classic one.</remarks>
public sealed class ExplicitRungeKutta : Integrator
{
    internal const string Kind = "explicit-runge-kutta";

    /// <summary>Creates the method of a tableau.</summary>
    /// <param name="tableau">Coefficients A, b, c.</param>
    /// <exception cref="ArgumentNullException">There is no tableau.</exception>
    public ExplicitRungeKutta(ButcherTableau tableau)
        : base(tableau is null ? throw new ArgumentNullException(nameof(tableau)) : tableau.Order) => Tableau = tableau;

    /// <summary>The classic fourth-order method: the paper's integrator.</summary>
    internal static ExplicitRungeKutta Classic { get; } = new(ButcherTableau.RungeKutta4);

    /// <summary>Coefficients A, b, c.</summary>
    internal ButcherTableau Tableau { get; }

    /// <inheritdoc/>
    protected internal override FieldState Step(Field field, FieldState state, double time, double step)
    {
        ArgumentNullException.ThrowIfNull(field);
        var rates = new FieldState[Tableau.Stages];
        for (var i = 0; i < rates.Length; i++)
        {
            var point = state.X;
            for (var j = 0; j < i; j++)
            {
                if (Tableau.A[i][j] != 0)
                {
                    point = point.Add(rates[j].X, alpha: step * Tableau.A[i][j]);
                }
            }

            rates[i] = field.At(point, time + (Tableau.C[i] * step));
        }

        for (var i = 0; i < rates.Length; i++)
        {
            state = state.Plus(step * Tableau.B[i], rates[i]);
        }

        return state;
    }

    /// <inheritdoc/>
    protected internal override StoredComponent Store() => Tableau.Store(Kind);

    /// <inheritdoc/>
    internal override FieldState Solve(Field field, Tensor x, TimeGrid piece, bool recompute) =>
        field.SolveExplicitly(Tableau, x, piece, recompute) ?? base.Solve(field, x, piece, recompute);

    internal static ExplicitRungeKutta Restore(StoredComponent stored) => new(ButcherTableau.Restore(stored));
}
