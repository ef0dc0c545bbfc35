using System.Runtime.CompilerServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Products with a matrix that all rows share.</summary>
internal static class LaneProducts<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    /// <summary>y_i = A x_i for several vectors: a row of A at a time is kept in registers for four of them.</summary>
    /// <param name="matrix">A, row by row.</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="columns">Columns of A.</param>
    /// <param name="items">Number of vectors.</param>
    /// <param name="x">Vectors [items, columns].</param>
    /// <param name="y">Receives vectors [items, rows].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(ref T matrix, int rows, int columns, int items, LaneArray<S, T, V> x, LaneArray<S, T, V> y)
    {
        for (nint item = 0; item < items; item++)
        {
            ref var input = ref Unsafe.Add(ref x.First, item * columns * S.Count);
            ref var output = ref Unsafe.Add(ref y.First, item * rows * S.Count);
            nint row = 0;
            for (; row + 8 <= rows; row += 8)
            {
                Eight(ref Unsafe.Add(ref matrix, row * columns), columns, ref input, ref Unsafe.Add(ref output, row * S.Count));
            }

            for (; row < rows; row++)
            {
                ref var own = ref Unsafe.Add(ref matrix, row * columns);
                var sum = S.Constant(0);
                for (nint column = 0; column < columns; column++)
                {
                    sum = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref own, column)), S.Load(ref input, column * S.Count), sum);
                }

                S.Store(sum, ref output, row * S.Count);
            }
        }
    }

    /// <summary>Adds Σᵢ aᵢ bᵢᵀ, row by row, to a matrix of lanes.</summary>
    /// <param name="items">Number of pairs of vectors.</param>
    /// <param name="a">Vectors [items, rows].</param>
    /// <param name="rows">Their length.</param>
    /// <param name="b">Vectors [items, columns].</param>
    /// <param name="columns">Their length.</param>
    /// <param name="sums">The matrix.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOuter(int items, LaneArray<S, T, V> a, int rows, LaneArray<S, T, V> b, int columns, LaneArray<S, T, V> sums)
    {
        var (strideA, strideB) = ((nint)rows * S.Count, (nint)columns * S.Count);
        nint row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            for (nint column = 0; column < columns; column++)
            {
                FourRows(
                    items, ref Unsafe.Add(ref a.First, row * S.Count), strideA, ref Unsafe.Add(ref b.First, column * S.Count), strideB,
                    ref Unsafe.Add(ref sums.First, ((row * columns) + column) * S.Count));
            }
        }

        for (; row < rows; row++)
        {
            for (nint column = 0; column < columns; column++)
            {
                var sum = sums[(row * columns) + column];
                for (nint item = 0; item < items; item++)
                {
                    sum = S.MultiplyAdd(a[(item * rows) + row], b[(item * columns) + column], sum);
                }

                sums[(row * columns) + column] = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows(int items, ref T a, nint strideA, ref T b, nint strideB, ref T target)
    {
        V s0 = S.Load(ref target, 0), s1 = S.Load(ref target, strideB), s2 = S.Load(ref target, 2 * strideB),
            s3 = S.Load(ref target, 3 * strideB);
        for (nint item = 0; item < items; item++)
        {
            var right = S.Load(ref b, 0);
            s0 = S.MultiplyAdd(S.Load(ref a, 0), right, s0);
            s1 = S.MultiplyAdd(S.Load(ref a, S.Count), right, s1);
            s2 = S.MultiplyAdd(S.Load(ref a, 2 * S.Count), right, s2);
            s3 = S.MultiplyAdd(S.Load(ref a, 3 * S.Count), right, s3);
            a = ref Unsafe.Add(ref a, strideA);
            b = ref Unsafe.Add(ref b, strideB);
        }

        S.Store(s0, ref target, 0);
        S.Store(s1, ref target, strideB);
        S.Store(s2, ref target, 2 * strideB);
        S.Store(s3, ref target, 3 * strideB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(ref T matrix, nint columns, ref T input, ref T output)
    {
        V s0 = S.Constant(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        ref var second = ref Unsafe.Add(ref matrix, 4 * columns);
        for (nint column = 0; column < columns; column++)
        {
            var x = S.Load(ref input, column * S.Count);
            ref var a = ref Unsafe.Add(ref matrix, column);
            ref var b = ref Unsafe.Add(ref second, column);
            s0 = S.MultiplyAdd(S.Broadcast(a), x, s0);
            s1 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, columns)), x, s1);
            s2 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, 2 * columns)), x, s2);
            s3 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, 3 * columns)), x, s3);
            s4 = S.MultiplyAdd(S.Broadcast(b), x, s4);
            s5 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref b, columns)), x, s5);
            s6 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref b, 2 * columns)), x, s6);
            s7 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref b, 3 * columns)), x, s7);
        }

        S.Store(s0, ref output, 0);
        S.Store(s1, ref output, S.Count);
        S.Store(s2, ref output, 2 * S.Count);
        S.Store(s3, ref output, 3 * S.Count);
        S.Store(s4, ref output, 4 * S.Count);
        S.Store(s5, ref output, 5 * S.Count);
        S.Store(s6, ref output, 6 * S.Count);
        S.Store(s7, ref output, 7 * S.Count);
    }
}
