using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Chooses each row's depth so that its log-density is within a tolerance, by comparing depth d with 2d.</summary>
/// <remarks>
/// A method of order p has error δ = (ln p_2d - ln p_d)/(2^p - 1) + O(ε^{p+1}) at depth 2d. Adding it (Richardson extrapolation) gives the value; the estimate is twice the larger of δ
/// and what the previous doubling lets expect of it.
/// A row's depth depends on the row alone, so its value does not depend on the rest of its batch. Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, II.4.
/// </remarks>
public sealed class StepDoubling
{
    /// <summary>Creates the rule.</summary>
    /// <param name="tolerance">Largest estimated error of ln p, in nats; positive.</param>
    /// <param name="initialDepth">First depth tried, at least 1.</param>
    /// <param name="maxDepth">Depth that is not exceeded, at least twice the first.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public StepDoubling(double tolerance, int initialDepth = 3, int maxDepth = 1536)
    {
        TensorChecks.RequireAtLeast(tolerance, double.Epsilon);
        TensorChecks.RequireOption(initialDepth, 1, int.MaxValue / 2);
        TensorChecks.RequireAtLeast(maxDepth, 2 * initialDepth);
        (Tolerance, InitialDepth, MaxDepth) = (tolerance, initialDepth, maxDepth);
    }

    /// <summary>Largest estimated error of ln p, in nats.</summary>
    public double Tolerance { get; }

    /// <summary>First depth tried.</summary>
    public int InitialDepth { get; }

    /// <summary>Depth that is not exceeded.</summary>
    public int MaxDepth { get; }

    /// <summary>Doubles the depth row by row until the estimate is within the tolerance or the depth at its maximum.</summary>
    /// <param name="solve">The solve of rows [b, N] at a depth; X and LogProb of its result are extrapolated.</param>
    /// <param name="x">Rows [B, N].</param>
    /// <param name="order">Order p of the method.</param>
    internal ToleranceSolution Solve(Func<Tensor, int, FlowState> solve, Tensor x, int order)
    {
        using var scope = NewDisposeScope();
        var rows = TensorFactories.Arange(x.shape[0], int64, x.device);
        var (coarse, depth, steps) = (solve(x, InitialDepth), InitialDepth, x.shape[0] * (long)InitialDepth);
        var (points, logProb) = (empty_like(coarse.X), empty_like(coarse.LogProb));
        var (errors, depths) = (empty_like(coarse.LogProb), empty(x.shape[0], dtype: int64, device: x.device));
        Tensor? previous = null;
        var weight = 1 / (Math.Pow(2, order) - 1);
        while (rows.shape[0] > 0)
        {
            depth *= 2;
            var fine = solve(x, depth);
            steps += x.shape[0] * (long)depth;
            var correction = fine.LogProb.sub(coarse.LogProb).Mul_(weight);
            // The difference may be small by accident, where it changes sign: what the one before it promised counts as well.
            var error = correction.abs();
            error = (previous is null ? error.Mul(4) : error.maximum(previous)).Mul_(2);
            var open = depth * 2L > MaxDepth ? zeros_like(error, dtype: ScalarType.Bool) : error.Le(Tolerance).logical_not();
            var done = open.logical_not().nonzero().squeeze(1);
            if (done.shape[0] > 0)
            {
                var target = rows.index_select(0, done);
                points.index_copy_(0, target, fine.X.Add(fine.X.sub(coarse.X), alpha: weight).index_select(0, done));
                logProb.index_copy_(0, target, fine.LogProb.Add(correction).index_select(0, done));
                errors.index_copy_(0, target, error.index_select(0, done));
                depths.IndexFill_(0, target, depth);
            }

            var rest = open.nonzero().squeeze(1);
            (x, rows) = (x.index_select(0, rest), rows.index_select(0, rest));
            coarse = new(fine.X.index_select(0, rest), fine.LogProb.index_select(0, rest));
            previous = correction.abs().Div_(Math.Pow(2, order)).index_select(0, rest);
        }

        return new(
            new FlowState(points, logProb).MoveToOuterDisposeScope(), errors.MoveToOuterDisposeScope(), depths.MoveToOuterDisposeScope(), steps);
    }
}
