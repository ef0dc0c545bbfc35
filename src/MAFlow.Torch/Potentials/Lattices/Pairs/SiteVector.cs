using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Vectors of numbers in memory; those that would reach beyond the end of a row of columns are filled with zeros.</summary>
internal static class SiteVector
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load<T>(ReadOnlySpan<T> numbers, int at, int count)
        where T : unmanaged =>
        count == Vector256<T>.Count ? Vector256.Create(numbers.Slice(at, Vector256<T>.Count)) : LoadPart(numbers.Slice(at, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector256<T> vector, Span<T> numbers, int at, int count)
        where T : unmanaged
    {
        if (count == Vector256<T>.Count)
        {
            vector.CopyTo(numbers.Slice(at, Vector256<T>.Count));
        }
        else
        {
            StorePart(vector, numbers.Slice(at, count));
        }
    }

    /// <summary>tanh z = ± (1 - e)/(1 + e) with e = exp(-2|z|), which neither overflows nor loses the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Tanh<T>(Vector256<T> z)
        where T : unmanaged
    {
        var e = Exp(Vector256.Abs(z) * -(Vector256<T>.One + Vector256<T>.One));
        return Vector256.CopySign((Vector256<T>.One - e) / (Vector256<T>.One + e), z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Exp<T>(Vector256<T> z)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector256.Exp(z.AsSingle()).As<float, T>() : Vector256.Exp(z.AsDouble()).As<double, T>();

    // Memory on the stack would keep the caller from being inlined.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<T> LoadPart<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged
    {
        Span<T> part = stackalloc T[Vector256<T>.Count];
        part.Clear();
        numbers.CopyTo(part);
        return Vector256.Create<T>(part);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<T>(Vector256<T> vector, Span<T> numbers)
        where T : unmanaged
    {
        for (var lane = 0; lane < numbers.Length; lane++)
        {
            numbers[lane] = vector[lane];
        }
    }
}
