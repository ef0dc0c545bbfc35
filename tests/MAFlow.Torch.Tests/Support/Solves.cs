using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>Single transports of a potential, below the level of flows.</summary>
internal static class Solves
{
    /// <summary>How to solve: an explicit method, exactly.</summary>
    public static Solve By(ButcherTableau? tableau = null, bool recompute = false) =>
        new(new ExplicitRungeKutta(tableau ?? ButcherTableau.RungeKutta4), LaplacianEstimator.Exact, Precision.Full, recompute);

    /// <summary>Points and log-densities at the start.</summary>
    public static PathState From(Tensor x, Tensor logProb) => new(x, logProb, null);

    /// <summary>Plain steps in x that autograd differentiates, whatever the potential would do by itself.</summary>
    public static PathState InPlainSteps(Potential potential, PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var field = new PotentialField(potential, piece, solve.Laplacian, solve.ProbesFor(start.X), withKineticEnergy: false);
        var end = solve.Integrator.SolvePlainly(field, start.X, piece);
        return start.After(end.X, end.Integrals[0], null, piece).MoveToOuterDisposeScope();
    }
}
