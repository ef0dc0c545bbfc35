using System.Numerics;
using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Flows;

/// <summary>Carries points through one piece of time by integrating hidden units: x(T) = x(0) + (S ∘ a) W and
/// ∫∇²φ dt = Σⱼ aⱼ|wⱼ|² ∫f''(yⱼ) dt.</summary>
/// <remarks>The formulas of MAFlow.Torch, with products formed of the weighted stages.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="kernels">The loops.</param>
/// <param name="tableau">The method.</param>
internal sealed class RidgeSolve<T>(Kernels<T> kernels, ButcherTableau tableau)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Moves the points of a workspace from the piece's start to its end.</summary>
    /// <param name="potential">The potential that holds in the piece.</param>
    /// <param name="space">Points; then S and ∫s² dt as well.</param>
    /// <param name="rows">Rows that are computed.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="step">ε.</param>
    public void Carry(RidgePotential<T> potential, FlowWorkspace<T> space, int rows, int steps, double step)
    {
        Begin(potential, space, rows);
        for (var k = 0; k < steps; k++)
        {
            Step(potential, space, rows, space.Stages, step, k + 1 == steps);
        }

        kernels.Multiply(space.Sum, potential.Padded, rows, potential.Emit, space.X, space.Stride, T.One, space.X);
    }

    /// <summary>Hidden units of the points; integrals are zero.</summary>
    public void Begin(RidgePotential<T> potential, FlowWorkspace<T> space, int rows)
    {
        var bias = potential.Bias.Span;
        var isGiven = potential.Context is not null;
        var start = isGiven ? potential.Context!.Of(kernels, space, rows, bias) : bias;
        kernels.Multiply(space.X, space.Stride, rows, potential.Observe, start, isGiven ? potential.Padded : 0, T.One, space.Y);
        space.Sum[..(rows * potential.Padded)].Clear();
        space.Squares[..(rows * potential.Padded)].Clear();
    }

    /// <summary>One step.</summary>
    /// <param name="potential">The potential.</param>
    /// <param name="space">Hidden units and integrals.</param>
    /// <param name="rows">Rows that are computed.</param>
    /// <param name="stages">Filled with s of each stage.</param>
    /// <param name="step">ε.</param>
    /// <param name="isLast">Whether nobody reads the hidden units behind the step.</param>
    public void Step(RidgePotential<T> potential, FlowWorkspace<T> space, int rows, Span<T> stages, double step, bool isLast)
    {
        var size = rows * potential.Padded;
        var y = space.Y[..size];
        var mean = space.Mean[..size];
        var squares = space.Squares[..size];
        for (var i = 0; i < tableau.Stages; i++)
        {
            var terms = tableau.Rows[i];
            var stage = stages.Slice(i * size, size);
            if (terms.Length == 1)
            {
                var earlier = stages.Slice(terms[0].Stage * size, size);
                Couple(potential, space, rows, earlier, T.CreateTruncating(step * terms[0].Weight), y, stage);
            }
            else if (terms.Length > 1)
            {
                kernels.Combine(stages, terms, step, mean, []);
                Couple(potential, space, rows, mean, T.One, y, stage);
            }

            potential.Activation.First(
                kernels, terms.Length == 0 ? y : stage, stage, squares, T.CreateTruncating(step * tableau.Weights[i]));
        }

        kernels.Combine(stages, tableau.Sum, step, mean, space.Sum[..size]);
        if (!isLast)
        {
            Couple(potential, space, rows, mean, T.One, y, y);
        }
    }

    /// <summary>Adds ∫∇²φ dt of each row.</summary>
    /// <param name="potential">The potential.</param>
    /// <param name="space">S and ∫s² dt.</param>
    /// <param name="duration">Length of the piece, negative where the fluid runs backwards.</param>
    /// <param name="target">One number per row.</param>
    public static void AddLaplacian(RidgePotential<T> potential, FlowWorkspace<T> space, double duration, Span<double> target)
    {
        var second = potential.Activation.Second;
        var laplacian = potential.Laplacian;
        for (var row = 0; row < target.Length; row++)
        {
            var sums = space.Sum.Slice(row * potential.Padded, laplacian.Length);
            var squares = space.Squares.Slice(row * potential.Padded, laplacian.Length);
            target[row] += Laplacian(laplacian, sums, squares, second, second.Constant * duration);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Laplacian(
        ReadOnlySpan<double> weights, ReadOnlySpan<T> sums, ReadOnlySpan<T> squares, SecondDerivative second, double constant)
    {
        // Two sums, the even and the odd units, so that one addition need not wait for the other.
        var (even, odd) = (0.0, 0.0);
        var j = 0;
        for (; j + 2 <= weights.Length; j += 2)
        {
            even += weights[j] * Integral(sums[j], squares[j], second, constant);
            odd += weights[j + 1] * Integral(sums[j + 1], squares[j + 1], second, constant);
        }

        return j < weights.Length ? even + odd + (weights[j] * Integral(sums[j], squares[j], second, constant)) : even + odd;
    }

    /// <summary>∫f'' dt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Integral(T sum, T squares, SecondDerivative second, double constant) =>
        constant + (second.Linear * double.CreateTruncating(sum)) + (second.Quadratic * double.CreateTruncating(squares));

    /// <summary>target = start + factor · s C.</summary>
    private void Couple(
        RidgePotential<T> potential, FlowWorkspace<T> space, int rows, ReadOnlySpan<T> s, T factor, ReadOnlySpan<T> start, Span<T> target)
    {
        if (potential.Couple is { } matrix)
        {
            kernels.Multiply(s, potential.Padded, rows, matrix, start, potential.Padded, factor, target);
            return;
        }

        kernels.Multiply(s, potential.Padded, rows, potential.Emit, space.Zeros.Span, 0, T.One, space.Velocity);
        kernels.Multiply(space.Velocity, space.Stride, rows, potential.Observe, start, potential.Padded, factor, target);
    }
}
