using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Velocity ∇φ and divergence ∇²φ of the fluid at points x [B, N] and time t.</summary>
/// <param name="x">Points, shape [B, N].</param>
/// <param name="time">Flow time.</param>
public delegate PotentialDerivatives VelocityField(Tensor x, double time);

/// <summary>The one loop over a tableau that integrates dx/dt = ∇φ and d ln p/dt = -∇²φ with fixed steps.</summary>
/// <remarks>Plain tensor operations throughout, so autograd differentiates it: the reference against which closed reverse passes are tested.</remarks>
public static class ExplicitRungeKutta
{
    /// <summary>Carries points and their log-densities along a grid.</summary>
    /// <param name="field">Velocity and divergence.</param>
    /// <param name="state">Points [B, N] and log-densities [B] in nats at the grid's start.</param>
    /// <param name="grid">Times and steps; backwards when its end is before its start.</param>
    /// <param name="tableau">Method.</param>
    /// <returns>The state at the grid's end.</returns>
    /// <remarks>Zhang, E, Wang (2018), equations 2 and 3.</remarks>
    public static FlowState Integrate(VelocityField field, FlowState state, TimeGrid grid, ButcherTableau tableau)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(tableau);
        var (x, logProb) = (state.X.alias(), state.LogProb.alias());
        for (var step = 0; step < grid.Depth; step++)
        {
            using var scope = NewDisposeScope();
            var previous = (x, logProb);
            (x, logProb) = Step(field, x, logProb, grid.TimeAt(step), grid.Step, tableau);
            previous.x.Dispose();
            previous.logProb.Dispose();
            scope.MoveToOuter(x, logProb);
        }

        return new FlowState(x, logProb);
    }

    private static (Tensor X, Tensor LogProb) Step(VelocityField field, Tensor x, Tensor logProb, double time, double step, ButcherTableau tableau)
    {
        var stages = new PotentialDerivatives[tableau.Stages];
        for (var i = 0; i < tableau.Stages; i++)
        {
            var point = x;
            for (var j = 0; j < i; j++)
            {
                point = Axpy(point, step * tableau.A[i][j], stages[j].Gradient);
            }

            stages[i] = field(point, time + (tableau.C[i] * step));
        }

        for (var i = 0; i < tableau.Stages; i++)
        {
            x = Axpy(x, step * tableau.B[i], stages[i].Gradient);
            logProb = Axpy(logProb, -step * tableau.B[i], stages[i].Laplacian);
        }

        return (x, logProb);
    }

    private static Tensor Axpy(Tensor y, double alpha, Tensor x) => alpha == 0 ? y : y.Add(x, alpha: alpha);
}
