using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>The kernels in vectors of one width. Lengths are whole panels, so no loop has a remainder with another arithmetic.</summary>
internal sealed class SimdKernels<S, T, V> : Kernels<T>
    where S : struct, ISimd<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : struct
{
    public override void Multiply(
        ReadOnlySpan<T> a, int strideA, int rows, Panels<T> b, ReadOnlySpan<T> start, int strideStart, T factor, Span<T> c)
    {
        // The loops behind these references do not check bounds.
        _ = a[..(((rows - 1) * strideA) + b.Rows)];
        _ = start[..(((rows - 1) * strideStart) + b.Columns)];
        _ = c[..(rows * b.Columns)];
        MatrixProduct<S, T, V>.Run(
            ref MemoryMarshal.GetReference(a), strideA, rows, b, ref MemoryMarshal.GetReference(start), strideStart, factor,
            ref MemoryMarshal.GetReference(c));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Logistic(ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight)
    {
        ref var source = ref First(y, s.Length);
        ref var target = ref First(s, s.Length);
        ref var sums = ref First(squares, s.Length);
        var factor = S.Broadcast(weight);
        for (nint i = 0; i < s.Length; i += S.Count)
        {
            var value = Exponential<S, T, V>.Logistic(S.Load(ref source, i));
            S.Store(value, ref target, i);
            S.Store(S.MultiplyAdd(S.Multiply(factor, value), value, S.Load(ref sums, i)), ref sums, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Tangent(ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight)
    {
        ref var source = ref First(y, s.Length);
        ref var target = ref First(s, s.Length);
        ref var sums = ref First(squares, s.Length);
        var factor = S.Broadcast(weight);
        for (nint i = 0; i < s.Length; i += S.Count)
        {
            var value = Exponential<S, T, V>.Tangent(S.Load(ref source, i));
            S.Store(value, ref target, i);
            S.Store(S.MultiplyAdd(S.Multiply(factor, value), value, S.Load(ref sums, i)), ref sums, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Combine(ReadOnlySpan<T> stages, ReadOnlySpan<Term> terms, double step, Span<T> target, Span<T> sum)
    {
        Span<T> weights = stackalloc T[terms.Length];
        Span<nint> offsets = stackalloc nint[terms.Length];
        for (var j = 0; j < terms.Length; j++)
        {
            weights[j] = T.CreateTruncating(step * terms[j].Weight);
            offsets[j] = (nint)terms[j].Stage * target.Length;
            _ = stages.Slice(terms[j].Stage * target.Length, target.Length);
        }

        ref var source = ref MemoryMarshal.GetReference(stages);
        ref var result = ref First(target, target.Length);
        ref var total = ref sum.IsEmpty ? ref result : ref First(sum, target.Length);
        for (nint i = 0; i < target.Length; i += S.Count)
        {
            var value = S.Multiply(S.Broadcast(weights[0]), S.Load(ref source, offsets[0] + i));
            for (var j = 1; j < weights.Length; j++)
            {
                value = S.MultiplyAdd(S.Broadcast(weights[j]), S.Load(ref source, offsets[j] + i), value);
            }

            S.Store(value, ref result, i);
            if (!sum.IsEmpty)
            {
                S.Store(S.Add(S.Load(ref total, i), value), ref total, i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adjoint(
        ReadOnlySpan<T> s, SecondDerivative second, T weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint)
    {
        ref var stage = ref First(s, adjoint.Length);
        ref var constant = ref First(direct, adjoint.Length);
        ref var linear = ref First(slope, slope.Length);
        ref var result = ref First(adjoint, adjoint.Length);
        var (k0, k1, k2) = (S.Constant(second.Constant), S.Constant(second.Linear), S.Constant(second.Quadratic));
        var factor = S.Broadcast(weight);
        for (nint row = 0; row < adjoint.Length; row += slope.Length)
        {
            for (nint j = 0; j < slope.Length; j += S.Count)
            {
                var value = S.Load(ref stage, row + j);
                var own = S.MultiplyAdd(value, S.Load(ref linear, j), S.Load(ref constant, row + j));
                var whole = S.MultiplyAdd(factor, own, S.Load(ref result, row + j));
                var curvature = S.MultiplyAdd(S.MultiplyAdd(k2, value, k1), value, k0);
                S.Store(S.Multiply(curvature, whole), ref result, row + j);
            }
        }
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
