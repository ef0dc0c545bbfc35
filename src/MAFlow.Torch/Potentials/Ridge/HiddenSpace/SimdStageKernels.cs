using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The kernels in vectors of one width.</summary>
/// <remarks>The last vector of a part, which may overlap the one before it, is computed first and stored last. So no loop has a
/// remainder with another arithmetic, and numbers that are replaced are read before.</remarks>
internal sealed class SimdStageKernels<S, T, V> : StageKernels<T>
    where S : struct, ISimd<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : struct
{
    private interface IFunction
    {
        static abstract V Of(V x);
    }

    public override void Logistic(ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part) =>
        Point<LogisticFunction>(y, products, terms, s, part);

    public override void Tangent(ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part) =>
        Point<TangentFunction>(y, products, terms, s, part);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Advance(
        ReadOnlySpan<T> stages, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> sum, Span<T> squares, Span<T> y, Part part)
    {
        var of = new Terms(terms, sum.Length, stackalloc nint[terms.Length], stackalloc T[terms.Length]);
        ref var stage = ref Start(stages, of.Extent, part);
        ref var product = ref Start(products, y.IsEmpty ? 0 : of.Extent, part);
        ref var first = ref Start(sum, sum.Length, part);
        ref var second = ref Start(squares, sum.Length, part);
        ref var state = ref y.IsEmpty ? ref first : ref Start(y, sum.Length, part);
        var hasState = !y.IsEmpty;
        nint last = part.Count - S.Count;
        Step(ref stage, ref product, ref first, ref second, ref state, hasState, of, last, out var first1, out var second1, out var state1);
        for (nint i = 0; i < last; i += S.Count)
        {
            Step(ref stage, ref product, ref first, ref second, ref state, hasState, of, i, out var a, out var b, out var c);
            S.Store(a, ref first, i);
            S.Store(b, ref second, i);
            if (hasState)
            {
                S.Store(c, ref state, i);
            }
        }

        S.Store(first1, ref first, last);
        S.Store(second1, ref second, last);
        if (hasState)
        {
            S.Store(state1, ref state, last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Combine(ReadOnlySpan<T> stages, ReadOnlySpan<Term> terms, Span<T> target, Part part)
    {
        var of = new Terms(terms, target.Length, stackalloc nint[terms.Length], stackalloc T[terms.Length]);
        ref var source = ref Start(stages, of.Extent, part);
        ref var result = ref Start(target, target.Length, part);
        nint last = part.Count - S.Count;
        var ending = Sum(S.Constant(0), ref source, of, last);
        for (nint i = 0; i < last; i += S.Count)
        {
            S.Store(Sum(S.Constant(0), ref source, of, i), ref result, i);
        }

        S.Store(ending, ref result, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Curve(
        ReadOnlySpan<T> s, SecondDerivative second, double weight, ReadOnlySpan<T> direct, ReadOnlySpan<T> slope, Span<T> adjoint,
        Part part)
    {
        ref var stage = ref Start(s, adjoint.Length, part);
        ref var constant = ref Start(direct, adjoint.Length, part);
        ref var linear = ref Start(slope, adjoint.Length, part);
        ref var result = ref Start(adjoint, adjoint.Length, part);
        var (k0, k1, k2) = (S.Constant(second.Constant), S.Constant(second.Linear), S.Constant(second.Quadratic));
        var factor = S.Constant(weight);
        nint last = part.Count - S.Count;
        var ending = Curved(
            S.Load(ref stage, last), S.Load(ref constant, last), S.Load(ref linear, last), S.Load(ref result, last), k0, k1, k2, factor);
        for (nint i = 0; i < last; i += S.Count)
        {
            S.Store(
                Curved(S.Load(ref stage, i), S.Load(ref constant, i), S.Load(ref linear, i), S.Load(ref result, i), k0, k1, k2, factor),
                ref result, i);
        }

        S.Store(ending, ref result, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Point<F>(ReadOnlySpan<T> y, ReadOnlySpan<T> products, ReadOnlySpan<Term> terms, Span<T> s, Part part)
        where F : struct, IFunction
    {
        var of = new Terms(terms, y.Length, stackalloc nint[terms.Length], stackalloc T[terms.Length]);
        ref var start = ref Start(y, s.Length, part);
        ref var product = ref Start(products, of.Extent, part);
        ref var result = ref Start(s, y.Length, part);
        nint last = part.Count - S.Count;
        var ending = F.Of(Sum(S.Load(ref start, last), ref product, of, last));
        for (nint i = 0; i < last; i += S.Count)
        {
            S.Store(F.Of(Sum(S.Load(ref start, i), ref product, of, i)), ref result, i);
        }

        S.Store(ending, ref result, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        ref T stage, ref T product, ref T first, ref T second, ref T state, bool hasState, in Terms of, nint i,
        out V sum, out V squares, out V y)
    {
        (sum, squares, y) = (S.Load(ref first, i), S.Load(ref second, i), S.Load(ref state, i));
        for (var j = 0; j < of.Offsets.Length; j++)
        {
            var weight = S.Broadcast(of.Weights[j]);
            var s = S.Load(ref stage, of.Offsets[j] + i);
            sum = S.MultiplyAdd(weight, s, sum);
            squares = S.MultiplyAdd(S.Multiply(weight, s), s, squares);
            if (hasState)
            {
                y = S.MultiplyAdd(weight, S.Load(ref product, of.Offsets[j] + i), y);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Sum(V start, ref T source, in Terms of, nint i)
    {
        for (var j = 0; j < of.Offsets.Length; j++)
        {
            start = S.MultiplyAdd(S.Broadcast(of.Weights[j]), S.Load(ref source, of.Offsets[j] + i), start);
        }

        return start;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Curved(V s, V direct, V slope, V adjoint, V k0, V k1, V k2, V weight)
    {
        var whole = S.MultiplyAdd(weight, S.MultiplyAdd(s, slope, direct), adjoint);
        return S.Multiply(S.MultiplyAdd(S.MultiplyAdd(k2, s, k1), s, k0), whole);
    }

    /// <summary>Where a part begins, after checking that all numbers are there, and that they fill a vector.</summary>
    private static ref T Start(ReadOnlySpan<T> numbers, int count, Part part)
    {
        if (numbers.Length < count || part.Count < S.Count)
        {
            throw new ArgumentException(
                $"Expected {count} numbers and parts of at least {S.Count}, got {numbers.Length} and {part.Count}.", nameof(numbers));
        }

        return ref Unsafe.Add(ref MemoryMarshal.GetReference(numbers), part.First);
    }

    private readonly struct LogisticFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of(V x) => Exponential<S, T, V>.Logistic(x);
    }

    private readonly struct TangentFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of(V x) => Exponential<S, T, V>.Tangent(x);
    }

    /// <summary>Where the stages of a sum lie, and their weights.</summary>
    private readonly ref struct Terms
    {
        public Terms(ReadOnlySpan<Term> terms, int length, Span<nint> offsets, Span<T> weights)
        {
            for (var j = 0; j < terms.Length; j++)
            {
                (offsets[j], weights[j]) = ((nint)terms[j].Stage * length, T.CreateTruncating(terms[j].Weight));
                Extent = Math.Max(Extent, (terms[j].Stage + 1) * length);
            }

            Offsets = offsets;
            Weights = weights;
        }

        public ReadOnlySpan<nint> Offsets { get; }

        public ReadOnlySpan<T> Weights { get; }

        /// <summary>Numbers up to the end of the last stage.</summary>
        public int Extent { get; }
    }
}
