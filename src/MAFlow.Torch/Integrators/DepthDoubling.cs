using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Doubles the depth until the values of a functional of the flow at d and at 2d agree.</summary>
/// <remarks>
/// The discretisation is part of the result, so it is never accepted unchecked. Begin at a depth that the flow really takes
/// (<c>flow.At(d).Depth</c>): its double then doubles the
/// steps of every piece of the horizon, and no piece escapes the comparison. Hairer, Nørsett, Wanner, Solving Ordinary Differential
/// Equations I, II.4.
/// </remarks>
internal sealed class DepthDoubling
{
    /// <summary>Depth from which rows are integrated to a tolerance.</summary>
    internal const int FirstDepth = 3;

    // The first difference has none before it to compare with, so it counts as four times the error that it promises.
    private const double Caution = 4;

    // The estimate is twice what the formula gives, which holds only in the limit of small steps.
    private const double Safety = 2;

    /// <summary>Creates the rule.</summary>
    /// <param name="tolerance">Largest difference between depth d and 2d, in nats; positive.</param>
    /// <param name="maxDepth">Largest depth that a result is stated at, at least 1; the check of a depth takes twice as many steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public DepthDoubling(double tolerance, int maxDepth = 1536)
    {
        TensorChecks.RequireAtLeast(tolerance, double.Epsilon);
        TensorChecks.RequireOption(maxDepth, 1, int.MaxValue / 4);
        (Tolerance, MaxDepth) = (tolerance, maxDepth);
    }

    /// <summary>Largest difference between depth d and 2d, in nats.</summary>
    internal double Tolerance { get; }

    /// <summary>Largest depth that a result is stated at.</summary>
    internal int MaxDepth { get; }

    /// <summary>Doubles the depth until |f(2d) - f(d)| is within the tolerance, or d at its maximum.</summary>
    /// <param name="depth">First depth d, at least 1: that of the flow, as in <c>Find(flow.Depth, d => Mean(flow.At(d)))</c>.</param>
    /// <param name="functional">f: a number in nats as a function of the depth, for instance the mean NLL of some rows.</param>
    /// <returns>The depth, the value there, the last difference, and whether it is within the tolerance.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The first depth is below 1.</exception>
    public DepthSearch Find(int depth, Func<int, double> functional)
    {
        var end = Find(depth, MaxDepth, functional, (coarse, fine) => Math.Abs(fine - coarse) <= Tolerance, double.IsFinite);
        return new(end.Depth, end.Coarse, end.Fine - end.Coarse, end.IsConverged);
    }

    /// <summary>The loop itself, for anything that can be compared.</summary>
    /// <param name="depth">First depth.</param>
    /// <param name="maxDepth">Largest depth.</param>
    /// <param name="functional">What is looked at, as a function of the depth.</param>
    /// <param name="agree">Whether its values at d and at 2d agree.</param>
    /// <param name="isFinite">Whether a value is one; where neither of two is, something else than the integrator is at fault, and the
    /// search ends.</param>
    internal static (T Coarse, T Fine, int Depth, bool IsConverged) Find<T>(
        int depth, int maxDepth, Func<int, T> functional, Func<T, T, bool> agree, Func<T, bool> isFinite)
    {
        TensorChecks.RequireOption(depth, 1, int.MaxValue / 4);
        var coarse = functional(depth);
        while (true)
        {
            var fine = functional(2 * depth);
            var isConverged = isFinite(coarse) && isFinite(fine) && agree(coarse, fine);
            if (isConverged || !(isFinite(coarse) || isFinite(fine)) || 2L * depth > maxDepth)
            {
                return (coarse, fine, depth, isConverged);
            }

            (coarse, depth) = (fine, 2 * depth);
        }
    }

    /// <summary>Doubles the depth row by row until the estimated error of ln p is within the tolerance or the depth at its maximum; at
    /// least one doubling is made.</summary>
    /// <remarks>
    /// A method of order p has error δ = (ln p_2d - ln p_d)/(2^p - 1) + O(ε^{p+1}) at depth 2d. Adding it (Richardson extrapolation) gives
    /// the value; the estimate is twice the larger of
    /// δ and what the previous doubling lets expect of it. A row's depth depends on the row alone, so its value does not depend on the
    /// rest of its batch.
    /// </remarks>
    /// <param name="solve">The solve of rows [b, N], with their numbers [b], at a depth: points [b, N] and ln p [b].</param>
    /// <param name="x">Rows [B, N].</param>
    /// <param name="order">Order p of the method.</param>
    /// <param name="firstDepth">First depth, one that the flow really takes.</param>
    internal ToleranceSolution Solve(Func<Tensor, Tensor, int, (Tensor Points, Tensor LogProb)> solve, Tensor x, int order, int firstDepth)
    {
        using var scope = NewDisposeScope();
        var rows = TensorFactories.Arange(x.shape[0], int64, x.device);
        var (coarse, depth, steps) = (solve(rows, x, firstDepth), firstDepth, x.shape[0] * (long)firstDepth);
        var (points, logProb, errors) = (empty_like(coarse.Points), empty_like(coarse.LogProb), empty_like(coarse.LogProb));
        var depths = empty(x.shape[0], dtype: int64, device: x.device);
        Tensor? previous = null;
        var weight = 1 / (Math.Pow(2, order) - 1);
        while (rows.shape[0] > 0)
        {
            depth *= 2;
            var fine = solve(rows, x, depth);
            steps += x.shape[0] * (long)depth;
            var correction = fine.LogProb.sub(coarse.LogProb).Mul_(weight);
            // The difference may be small by accident, where it changes sign: what the one before it promised counts as well.
            var error = correction.abs();
            error = (previous is null ? error.Mul(Caution) : error.maximum(previous)).Mul_(Safety);
            var open = depth * 2L > MaxDepth ? zeros_like(error, dtype: ScalarType.Bool) : error.Le(Tolerance).logical_not();
            var done = open.logical_not().nonzero().squeeze(1);
            if (done.shape[0] > 0)
            {
                var target = rows.index_select(0, done);
                points.index_copy_(0, target, fine.Points.Add(fine.Points.sub(coarse.Points), alpha: weight).index_select(0, done));
                logProb.index_copy_(0, target, fine.LogProb.Add(correction).index_select(0, done));
                errors.index_copy_(0, target, error.index_select(0, done));
                depths.IndexFill_(0, target, depth);
            }

            var rest = open.nonzero().squeeze(1);
            (x, rows) = (x.index_select(0, rest), rows.index_select(0, rest));
            coarse = (fine.Points.index_select(0, rest), fine.LogProb.index_select(0, rest));
            previous = correction.abs().Div_(Math.Pow(2, order)).index_select(0, rest);
        }

        return new ToleranceSolution(points, logProb, errors, depths, errors.Le(Tolerance), steps).MoveToOuterDisposeScope();
    }
}
