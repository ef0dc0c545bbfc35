namespace MAFlow.Scoring.Numerics;

/// <summary>The vector operations that scoring needs, on one type of number and one width of vectors.</summary>
/// <remarks>All of them work lane by lane and round once, so a lane's result does not depend on the width.</remarks>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <typeparam name="V">The vector.</typeparam>
internal interface ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Count { get; }

    static abstract V Load(ref readonly T source, nint offset);

    static abstract void Store(V value, ref T target, nint offset);

    /// <summary>A number in all lanes.</summary>
    static abstract V Broadcast(T value);

    /// <summary>A constant in all lanes, rounded to T.</summary>
    static abstract V Constant(double value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    /// <summary>ab + c with one rounding.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The value within ±limit; NaN stays NaN.</summary>
    static abstract V Clamp(V value, V limit);

    static abstract V SquareRoot(V value);

    static abstract V Magnitude(V value);

    static abstract V WithSign(V magnitude, V sign);

    /// <summary>The lowest bits of a number moved into its exponent.</summary>
    static abstract V ShiftIntoExponent(V value);
}
