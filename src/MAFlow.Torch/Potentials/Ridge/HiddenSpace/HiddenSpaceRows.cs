using System.Numerics;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The hidden-space solve for a few rows of a small potential, in managed SIMD code: a native call per operation would cost more
/// than the arithmetic.</summary>
/// <remarks>The formulas of <see cref="HiddenSpaceSolve"/>, one row after the other.</remarks>
internal static class HiddenSpaceRows
{
    // Beyond this, native products are faster than managed ones.
    private const long LargestWidth = 192;
    private const long LargestWork = 1024;

    /// <summary>Whether the managed solve is the faster one.</summary>
    /// <param name="y">Hidden units, shape [B, h].</param>
    public static bool Suits(Tensor y) =>
        y.device.type == DeviceType.CPU && y.shape[1] <= LargestWidth && y.shape[0] * y.shape[1] <= LargestWork
            && y.dtype is ScalarType.Float32 or ScalarType.Float64;

    /// <summary>Integrates along the grid.</summary>
    /// <param name="solve">Method and grid.</param>
    /// <param name="y">Hidden units at the grid's start, shape [B, h].</param>
    /// <param name="matrix">ε C, shape [h, h].</param>
    /// <returns>S and F, shape [B, h].</returns>
    public static (Tensor S, Tensor F) Integrate(HiddenSpaceSolve solve, Tensor y, Tensor matrix) =>
        y.dtype == ScalarType.Float32 ? Integrate<float>(solve, y, matrix) : Integrate<double>(solve, y, matrix);

    private static (Tensor S, Tensor F) Integrate<T>(HiddenSpaceSolve solve, Tensor y, Tensor matrix)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        using var scope = NewDisposeScope();
        var width = (int)y.shape[1];
        var (state, rows) = (y.clone(), matrix.contiguous());
        var (sum, second) = (zeros_like(state), zeros_like(state));
        var row = new Row<T>(solve, width);
        for (var start = 0; start < state.Numbers<T>().Length; start += width)
        {
            row.Integrate(
                rows.Numbers<T>(), state.Numbers<T>().Slice(start, width), sum.Numbers<T>().Slice(start, width),
                second.Numbers<T>().Slice(start, width));
        }

        return (sum.MoveToOuterDisposeScope(), second.MoveToOuterDisposeScope());
    }

    private sealed class Row<T>(HiddenSpaceSolve solve, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ButcherTableau _tableau = solve.Tableau;
        private readonly T[] _stages = new T[solve.Tableau.Stages * width];
        private readonly T[] _products = new T[solve.Tableau.Stages * width];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Integrate(ReadOnlySpan<T> matrix, Span<T> y, Span<T> sum, Span<T> squares)
        {
            for (var step = 0; step < solve.Grid.Depth; step++)
            {
                var isLastStep = step + 1 == solve.Grid.Depth;
                for (var i = 0; i < _tableau.Stages; i++)
                {
                    var s = Part(_stages, i);
                    y.CopyTo(s);
                    for (var j = 0; j < i; j++)
                    {
                        AddScaled(s, Part(_products, j), _tableau.A[i][j]);
                    }

                    solve.Activation.First(s);
                    if (!isLastStep || _tableau.IsReadLater(i))
                    {
                        Couple(matrix, s, Part(_products, i));
                    }
                }

                for (var i = 0; i < _tableau.Stages; i++)
                {
                    var s = Part(_stages, i);
                    AddScaled(sum, s, _tableau.B[i]);
                    if (!isLastStep)
                    {
                        AddScaled(y, Part(_products, i), _tableau.B[i]);
                    }

                    TensorPrimitives.Multiply<T>(s, s, s);
                    AddScaled(squares, s, _tableau.B[i]);
                }
            }

            // As in the native solve: F from S and the integral of s².
            var (constant, linear, quadratic) = solve.Activation.SecondPolynomial;
            var epsilon = T.CreateChecked(solve.Grid.Step);
            TensorPrimitives.Multiply(squares, T.CreateChecked(quadratic), squares);
            AddScaled(squares, sum, linear);
            TensorPrimitives.Add(squares, T.CreateChecked(constant * solve.Grid.Depth), squares);
            TensorPrimitives.Multiply(squares, epsilon, squares);
            TensorPrimitives.Multiply(sum, epsilon, sum);
        }

        private static void AddScaled(Span<T> target, ReadOnlySpan<T> increment, double factor)
        {
            if (factor != 0)
            {
                TensorPrimitives.MultiplyAdd(increment, T.CreateChecked(factor), target, target);
            }
        }

        /// <summary>ε s C, as a combination of the rows of ε C: a strip of columns at a time, whose sums stay in registers.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Couple(ReadOnlySpan<T> matrix, ReadOnlySpan<T> s, Span<T> product)
        {
            var column = 0;
            for (; column + (4 * Vector<T>.Count) <= width; column += 4 * Vector<T>.Count)
            {
                var (sum0, sum1, sum2, sum3) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero);
                for (var j = 0; j < s.Length; j++)
                {
                    var weight = new Vector<T>(s[j]);
                    var row = matrix.Slice((j * width) + column, 4 * Vector<T>.Count);
                    sum0 += weight * new Vector<T>(row);
                    sum1 += weight * new Vector<T>(row[Vector<T>.Count..]);
                    sum2 += weight * new Vector<T>(row[(2 * Vector<T>.Count)..]);
                    sum3 += weight * new Vector<T>(row[(3 * Vector<T>.Count)..]);
                }

                sum0.CopyTo(product[column..]);
                sum1.CopyTo(product[(column + Vector<T>.Count)..]);
                sum2.CopyTo(product[(column + (2 * Vector<T>.Count))..]);
                sum3.CopyTo(product[(column + (3 * Vector<T>.Count))..]);
            }

            for (; column < width; column++)
            {
                var sum = T.Zero;
                for (var j = 0; j < s.Length; j++)
                {
                    sum += s[j] * matrix[(j * width) + column];
                }

                product[column] = sum;
            }
        }

        private Span<T> Part(T[] buffer, int index) => buffer.AsSpan(index * width, width);
    }
}
