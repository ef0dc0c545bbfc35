using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.Factored;

/// <summary>The kernels in vectors of one width. Lengths are whole panels, so no loop has a remainder.</summary>
internal sealed class SimdTrainingKernels<S, T, V> : TrainingKernels<T>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private const int ColumnsPerBlock = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Logistic(Span<T> y)
    {
        ref var numbers = ref First(y, y.Length);
        for (nint i = 0; i < y.Length; i += S.Count)
        {
            S.Store(Exponential<S, T, V>.Logistic(S.Load(ref numbers, i)), ref numbers, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Tangent(Span<T> y)
    {
        ref var numbers = ref First(y, y.Length);
        for (nint i = 0; i < y.Length; i += S.Count)
        {
            S.Store(Exponential<S, T, V>.Tangent(S.Load(ref numbers, i)), ref numbers, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adjoint(
        ReadOnlySpan<T> s, SecondDerivative second, T weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint)
    {
        ref var stage = ref First(s, adjoint.Length);
        ref var constant = ref First(direct, adjoint.Length);
        ref var linear = ref First(slope, adjoint.Length);
        ref var result = ref First(adjoint, adjoint.Length);
        var (k0, k1, k2) = (S.Constant(second.Constant), S.Constant(second.Linear), S.Constant(second.Quadratic));
        var factor = S.Broadcast(weight);
        for (nint i = 0; i < adjoint.Length; i += S.Count)
        {
            var value = S.Load(ref stage, i);
            var own = S.MultiplyAdd(value, S.Load(ref linear, i), S.Load(ref constant, i));
            var whole = S.MultiplyAdd(factor, own, S.Load(ref result, i));
            var curvature = S.MultiplyAdd(S.MultiplyAdd(k2, value, k1), value, k0);
            S.Store(S.Multiply(curvature, whole), ref result, i);
        }
    }

    public override void AddOuter(ReadOnlySpan<T> a, int strideA, ReadOnlySpan<T> b, int rows, int columns, Span<T> target)
    {
        var width = target.Length / columns;
        if (columns % ColumnsPerBlock != 0 || width * columns != target.Length)
        {
            throw new ArgumentException(
                $"Expected whole rows of a multiple of four columns, got {columns} columns and {target.Length} numbers.", nameof(target));
        }

        ref var left = ref MemoryMarshal.GetReference(a[..(((rows - 1) * strideA) + columns)]);
        ref var right = ref First(b, rows * width);
        ref var sums = ref First(target, target.Length);
        for (nint column = 0; column < columns; column += ColumnsPerBlock)
        {
            nint j = 0;
            for (; j + (2 * S.Count) <= width; j += 2 * S.Count)
            {
                FourByTwo(ref Unsafe.Add(ref left, column), strideA, ref Unsafe.Add(ref right, j), width, rows,
                    ref Unsafe.Add(ref sums, (column * width) + j));
            }

            for (; j < width; j += S.Count)
            {
                FourByOne(ref Unsafe.Add(ref left, column), strideA, ref Unsafe.Add(ref right, j), width, rows,
                    ref Unsafe.Add(ref sums, (column * width) + j));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(ref T a, nint strideA, ref T b, nint width, nint rows, ref T target)
    {
        V s00 = S.Load(ref target, 0), s01 = S.Load(ref target, S.Count);
        V s10 = S.Load(ref target, width), s11 = S.Load(ref target, width + S.Count);
        V s20 = S.Load(ref target, 2 * width), s21 = S.Load(ref target, (2 * width) + S.Count);
        V s30 = S.Load(ref target, 3 * width), s31 = S.Load(ref target, (3 * width) + S.Count);
        for (nint row = 0; row < rows; row++)
        {
            var p = S.Load(ref b, 0);
            var q = S.Load(ref b, S.Count);
            var x = S.Broadcast(a);
            s00 = S.MultiplyAdd(x, p, s00);
            s01 = S.MultiplyAdd(x, q, s01);
            x = S.Broadcast(Unsafe.Add(ref a, 1));
            s10 = S.MultiplyAdd(x, p, s10);
            s11 = S.MultiplyAdd(x, q, s11);
            x = S.Broadcast(Unsafe.Add(ref a, 2));
            s20 = S.MultiplyAdd(x, p, s20);
            s21 = S.MultiplyAdd(x, q, s21);
            x = S.Broadcast(Unsafe.Add(ref a, 3));
            s30 = S.MultiplyAdd(x, p, s30);
            s31 = S.MultiplyAdd(x, q, s31);
            a = ref Unsafe.Add(ref a, strideA);
            b = ref Unsafe.Add(ref b, width);
        }

        S.Store(s00, ref target, 0);
        S.Store(s01, ref target, S.Count);
        S.Store(s10, ref target, width);
        S.Store(s11, ref target, width + S.Count);
        S.Store(s20, ref target, 2 * width);
        S.Store(s21, ref target, (2 * width) + S.Count);
        S.Store(s30, ref target, 3 * width);
        S.Store(s31, ref target, (3 * width) + S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne(ref T a, nint strideA, ref T b, nint width, nint rows, ref T target)
    {
        V s0 = S.Load(ref target, 0), s1 = S.Load(ref target, width);
        V s2 = S.Load(ref target, 2 * width), s3 = S.Load(ref target, 3 * width);
        for (nint row = 0; row < rows; row++)
        {
            var p = S.Load(ref b, 0);
            s0 = S.MultiplyAdd(S.Broadcast(a), p, s0);
            s1 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, 1)), p, s1);
            s2 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, 2)), p, s2);
            s3 = S.MultiplyAdd(S.Broadcast(Unsafe.Add(ref a, 3)), p, s3);
            a = ref Unsafe.Add(ref a, strideA);
            b = ref Unsafe.Add(ref b, width);
        }

        S.Store(s0, ref target, 0);
        S.Store(s1, ref target, width);
        S.Store(s2, ref target, 2 * width);
        S.Store(s3, ref target, 3 * width);
    }

    /// <summary>Where numbers begin, after checking that there are enough, and that they fill vectors.</summary>
    private static ref T First(ReadOnlySpan<T> numbers, int count)
    {
        if (numbers.Length < count || count % Panels<T>.Lanes != 0)
        {
            throw new ArgumentException(
                $"Expected {count} numbers, a multiple of {Panels<T>.Lanes}, got {numbers.Length}.", nameof(numbers));
        }

        return ref MemoryMarshal.GetReference(numbers);
    }
}
