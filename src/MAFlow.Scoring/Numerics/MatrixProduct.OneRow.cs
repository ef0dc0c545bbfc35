using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <content>Single rows: what six do not divide.</content>
internal static partial class MatrixProduct<S, T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s0 = default, s1 = default, s2 = default, s3 = default;
        nint inner = place.Inner, second = place.Second, third = 2 * second, fourth = place.Fourth;
        for (nint k = 0; k < inner; k++)
        {
            var x = S.Broadcast(Unsafe.Add(ref a, k));
            s0 = S.MultiplyAdd(x, S.Load(ref b, 0), s0);
            s1 = S.MultiplyAdd(x, S.Load(ref b, second), s1);
            s2 = S.MultiplyAdd(x, S.Load(ref b, third), s2);
            s3 = S.MultiplyAdd(x, S.Load(ref b, fourth), s3);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s0, f, ref from, ref to, 0);
        Put(s1, f, ref from, ref to, S.Count);
        Put(s2, f, ref from, ref to, 2 * S.Count);
        Put(s3, f, ref from, ref to, 3 * S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByTwo(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s0 = default, s1 = default;
        nint inner = place.Inner, second = place.Second;
        for (nint k = 0; k < inner; k++)
        {
            var x = S.Broadcast(Unsafe.Add(ref a, k));
            s0 = S.MultiplyAdd(x, S.Load(ref b, 0), s0);
            s1 = S.MultiplyAdd(x, S.Load(ref b, second), s1);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s0, f, ref from, ref to, 0);
        Put(s1, f, ref from, ref to, S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s0 = default;
        nint inner = place.Inner;
        for (nint k = 0; k < inner; k++)
        {
            var x = S.Broadcast(Unsafe.Add(ref a, k));
            s0 = S.MultiplyAdd(x, S.Load(ref b, 0), s0);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s0, f, ref from, ref to, 0);
    }
}
