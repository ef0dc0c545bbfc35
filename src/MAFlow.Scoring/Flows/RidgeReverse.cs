using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>The exact derivative of a discrete solve, stage by stage in reverse: from ∂ ln p/∂x at a piece's end to that at its
/// start.</summary>
/// <remarks>
/// With S̄ and Q̄ the derivatives by S and ∫s² dt, and λ that by y behind the step:
/// Z̄ᵢ = f''(sᵢ) ∘ [ε (bᵢλ + Σ_{l&gt;i} Aₗᵢ Z̄ₗ) Cᵀ + ε bᵢ (S̄ + 2 Q̄ ∘ sᵢ)], λ ← λ + Σᵢ Z̄ᵢ.
/// </remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="kernels">The loops.</param>
/// <param name="tableau">The method.</param>
/// <param name="solve">The solve that is differentiated.</param>
internal sealed class RidgeReverse<T>(Kernels<T> kernels, ButcherTableau tableau, RidgeSolve<T> solve)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int StepsPerSegment = 16;

    /// <summary>Takes the gradient of a workspace back through a piece.</summary>
    /// <param name="potential">The potential that holds in the piece.</param>
    /// <param name="space">Points at the piece's start, and the gradient at its end, which is replaced.</param>
    /// <param name="rows">Rows that are computed.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="step">ε.</param>
    public void PullBack(RidgePotential<T> potential, FlowWorkspace<T> space, int rows, int steps, double step)
    {
        var (matrices, size) = (potential.ForReverse, rows * potential.Padded);
        kernels.Multiply(space.Gradient, space.Stride, rows, matrices.Emit, matrices.Direct.Span, 0, T.One, space.Direct);
        var adjoint = space.Adjoints.Slice(tableau.Stages * size, size);
        adjoint.Clear();
        // A long piece keeps the starts of segments, and computes the stages of one segment at a time again.
        var length = Math.Max(StepsPerSegment, (int)Math.Ceiling(Math.Sqrt(steps)));
        var segments = (steps + length - 1) / length;
        var boundaries = space.Boundaries((long)segments * size);
        solve.Begin(potential, space, rows);
        space.Y[..size].CopyTo(boundaries);
        for (var k = 0; k < (segments - 1) * length; k++)
        {
            solve.Step(potential, space, rows, space.Stages, step, false);
            if ((k + 1) % length == 0)
            {
                space.Y[..size].CopyTo(boundaries[((k + 1) / length * size)..]);
            }
        }

        var record = space.Record((long)Math.Min(length, steps) * tableau.Stages * size);
        for (var segment = segments - 1; segment >= 0; segment--)
        {
            boundaries.Slice(segment * size, size).CopyTo(space.Y);
            var count = Math.Min(length, steps - (segment * length));
            for (var k = 0; k < count; k++)
            {
                solve.Step(potential, space, rows, record.Slice(k * tableau.Stages * size, tableau.Stages * size), step, k + 1 == count);
            }

            for (var k = count - 1; k >= 0; k--)
            {
                Step(potential, space, rows, record.Slice(k * tableau.Stages * size, tableau.Stages * size), step);
            }
        }

        kernels.Multiply(adjoint, potential.Padded, rows, matrices.Observe, space.Gradient, space.Stride, T.One, space.Gradient);
    }

    private void Step(RidgePotential<T> potential, FlowWorkspace<T> space, int rows, ReadOnlySpan<T> stages, double step)
    {
        var size = rows * potential.Padded;
        var adjoints = space.Adjoints;
        var mean = space.Mean[..size];
        for (var i = tableau.Stages - 1; i >= 0; i--)
        {
            var result = adjoints.Slice(i * size, size);
            if (tableau.Columns[i].Length == 0)
            {
                result.Clear();
            }
            else
            {
                kernels.Combine(adjoints, tableau.Columns[i], step, mean, []);
                CoupleTransposed(potential, space, rows, mean, result);
            }

            kernels.Adjoint(
                stages.Slice(i * size, size), potential.Activation.Second, T.CreateTruncating(step * tableau.Weights[i]),
                space.Direct[..size], potential.ForReverse.Slope.Span, result);
        }

        kernels.Combine(adjoints, tableau.All, 1, adjoints.Slice(tableau.Stages * size, size), []);
    }

    /// <summary>target = r Cᵀ.</summary>
    private void CoupleTransposed(RidgePotential<T> potential, FlowWorkspace<T> space, int rows, ReadOnlySpan<T> r, Span<T> target)
    {
        var matrices = potential.ForReverse;
        var zeros = space.Zeros.Span;
        if (matrices.Couple is { } matrix)
        {
            kernels.Multiply(r, potential.Padded, rows, matrix, zeros, 0, T.One, target);
            return;
        }

        kernels.Multiply(r, potential.Padded, rows, matrices.Observe, zeros, 0, T.One, space.Velocity);
        kernels.Multiply(space.Velocity, space.Stride, rows, matrices.Emit, zeros, 0, T.One, target);
    }
}
