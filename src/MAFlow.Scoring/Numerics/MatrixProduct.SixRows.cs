using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <content>Blocks of six rows.</content>
internal static partial class MatrixProduct<S, T, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByFour(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s00 = default, s01 = default, s02 = default, s03 = default;
        V s10 = default, s11 = default, s12 = default, s13 = default;
        V s20 = default, s21 = default, s22 = default, s23 = default;
        V s30 = default, s31 = default, s32 = default, s33 = default;
        V s40 = default, s41 = default, s42 = default, s43 = default;
        V s50 = default, s51 = default, s52 = default, s53 = default;
        nint inner = place.Inner, one = place.StrideA, two = 2 * one, second = place.Second, third = 2 * second, fourth = place.Fourth;
        ref var d = ref Unsafe.Add(ref a, 3 * one);
        for (nint k = 0; k < inner; k++)
        {
            var p = S.Load(ref b, 0);
            var q = S.Load(ref b, second);
            var u = S.Load(ref b, third);
            var w = S.Load(ref b, fourth);
            var x = S.Broadcast(a);
            s00 = S.MultiplyAdd(x, p, s00);
            s01 = S.MultiplyAdd(x, q, s01);
            s02 = S.MultiplyAdd(x, u, s02);
            s03 = S.MultiplyAdd(x, w, s03);
            x = S.Broadcast(Unsafe.Add(ref a, one));
            s10 = S.MultiplyAdd(x, p, s10);
            s11 = S.MultiplyAdd(x, q, s11);
            s12 = S.MultiplyAdd(x, u, s12);
            s13 = S.MultiplyAdd(x, w, s13);
            x = S.Broadcast(Unsafe.Add(ref a, two));
            s20 = S.MultiplyAdd(x, p, s20);
            s21 = S.MultiplyAdd(x, q, s21);
            s22 = S.MultiplyAdd(x, u, s22);
            s23 = S.MultiplyAdd(x, w, s23);
            x = S.Broadcast(d);
            s30 = S.MultiplyAdd(x, p, s30);
            s31 = S.MultiplyAdd(x, q, s31);
            s32 = S.MultiplyAdd(x, u, s32);
            s33 = S.MultiplyAdd(x, w, s33);
            x = S.Broadcast(Unsafe.Add(ref d, one));
            s40 = S.MultiplyAdd(x, p, s40);
            s41 = S.MultiplyAdd(x, q, s41);
            s42 = S.MultiplyAdd(x, u, s42);
            s43 = S.MultiplyAdd(x, w, s43);
            x = S.Broadcast(Unsafe.Add(ref d, two));
            s50 = S.MultiplyAdd(x, p, s50);
            s51 = S.MultiplyAdd(x, q, s51);
            s52 = S.MultiplyAdd(x, u, s52);
            s53 = S.MultiplyAdd(x, w, s53);
            a = ref Unsafe.Add(ref a, 1);
            d = ref Unsafe.Add(ref d, 1);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s00, f, ref from, ref to, 0);
        Put(s01, f, ref from, ref to, S.Count);
        Put(s02, f, ref from, ref to, 2 * S.Count);
        Put(s03, f, ref from, ref to, 3 * S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s10, f, ref from, ref to, 0);
        Put(s11, f, ref from, ref to, S.Count);
        Put(s12, f, ref from, ref to, 2 * S.Count);
        Put(s13, f, ref from, ref to, 3 * S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s20, f, ref from, ref to, 0);
        Put(s21, f, ref from, ref to, S.Count);
        Put(s22, f, ref from, ref to, 2 * S.Count);
        Put(s23, f, ref from, ref to, 3 * S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s30, f, ref from, ref to, 0);
        Put(s31, f, ref from, ref to, S.Count);
        Put(s32, f, ref from, ref to, 2 * S.Count);
        Put(s33, f, ref from, ref to, 3 * S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s40, f, ref from, ref to, 0);
        Put(s41, f, ref from, ref to, S.Count);
        Put(s42, f, ref from, ref to, 2 * S.Count);
        Put(s43, f, ref from, ref to, 3 * S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s50, f, ref from, ref to, 0);
        Put(s51, f, ref from, ref to, S.Count);
        Put(s52, f, ref from, ref to, 2 * S.Count);
        Put(s53, f, ref from, ref to, 3 * S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByTwo(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s00 = default, s01 = default;
        V s10 = default, s11 = default;
        V s20 = default, s21 = default;
        V s30 = default, s31 = default;
        V s40 = default, s41 = default;
        V s50 = default, s51 = default;
        nint inner = place.Inner, one = place.StrideA, two = 2 * one, second = place.Second;
        ref var d = ref Unsafe.Add(ref a, 3 * one);
        for (nint k = 0; k < inner; k++)
        {
            var p = S.Load(ref b, 0);
            var q = S.Load(ref b, second);
            var x = S.Broadcast(a);
            s00 = S.MultiplyAdd(x, p, s00);
            s01 = S.MultiplyAdd(x, q, s01);
            x = S.Broadcast(Unsafe.Add(ref a, one));
            s10 = S.MultiplyAdd(x, p, s10);
            s11 = S.MultiplyAdd(x, q, s11);
            x = S.Broadcast(Unsafe.Add(ref a, two));
            s20 = S.MultiplyAdd(x, p, s20);
            s21 = S.MultiplyAdd(x, q, s21);
            x = S.Broadcast(d);
            s30 = S.MultiplyAdd(x, p, s30);
            s31 = S.MultiplyAdd(x, q, s31);
            x = S.Broadcast(Unsafe.Add(ref d, one));
            s40 = S.MultiplyAdd(x, p, s40);
            s41 = S.MultiplyAdd(x, q, s41);
            x = S.Broadcast(Unsafe.Add(ref d, two));
            s50 = S.MultiplyAdd(x, p, s50);
            s51 = S.MultiplyAdd(x, q, s51);
            a = ref Unsafe.Add(ref a, 1);
            d = ref Unsafe.Add(ref d, 1);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s00, f, ref from, ref to, 0);
        Put(s01, f, ref from, ref to, S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s10, f, ref from, ref to, 0);
        Put(s11, f, ref from, ref to, S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s20, f, ref from, ref to, 0);
        Put(s21, f, ref from, ref to, S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s30, f, ref from, ref to, 0);
        Put(s31, f, ref from, ref to, S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s40, f, ref from, ref to, 0);
        Put(s41, f, ref from, ref to, S.Count);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s50, f, ref from, ref to, 0);
        Put(s51, f, ref from, ref to, S.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByOne(ref T a, ref T b, ref T from, T factor, ref T to, in Place place)
    {
        V s00 = default, s10 = default, s20 = default, s30 = default, s40 = default, s50 = default;
        nint inner = place.Inner, one = place.StrideA, two = 2 * one;
        ref var d = ref Unsafe.Add(ref a, 3 * one);
        for (nint k = 0; k < inner; k++)
        {
            var p = S.Load(ref b, 0);
            var x = S.Broadcast(a);
            s00 = S.MultiplyAdd(x, p, s00);
            x = S.Broadcast(Unsafe.Add(ref a, one));
            s10 = S.MultiplyAdd(x, p, s10);
            x = S.Broadcast(Unsafe.Add(ref a, two));
            s20 = S.MultiplyAdd(x, p, s20);
            x = S.Broadcast(d);
            s30 = S.MultiplyAdd(x, p, s30);
            x = S.Broadcast(Unsafe.Add(ref d, one));
            s40 = S.MultiplyAdd(x, p, s40);
            x = S.Broadcast(Unsafe.Add(ref d, two));
            s50 = S.MultiplyAdd(x, p, s50);
            a = ref Unsafe.Add(ref a, 1);
            d = ref Unsafe.Add(ref d, 1);
            b = ref Unsafe.Add(ref b, Panels<T>.Lanes);
        }

        var f = S.Broadcast(factor);
        Put(s00, f, ref from, ref to, 0);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s10, f, ref from, ref to, 0);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s20, f, ref from, ref to, 0);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s30, f, ref from, ref to, 0);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s40, f, ref from, ref to, 0);
        from = ref Unsafe.Add(ref from, place.StrideStart);
        to = ref Unsafe.Add(ref to, place.StrideC);
        Put(s50, f, ref from, ref to, 0);
    }
}
