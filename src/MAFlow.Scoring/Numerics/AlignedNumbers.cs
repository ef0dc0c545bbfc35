using System.Runtime.CompilerServices;

namespace MAFlow.Scoring.Numerics;

/// <summary>Numbers that begin at a multiple of 64 bytes, so that no vector lies across two cache lines. They begin as zeros.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class AlignedNumbers<T>
    where T : unmanaged
{
    private readonly T[] _values;
    private readonly int _start;
    private readonly int _count;

    /// <param name="count">How many numbers.</param>
    /// <exception cref="NotSupportedException">More than an array can hold.</exception>
    public AlignedNumbers(long count)
    {
        var spare = 64 / Unsafe.SizeOf<T>();
        if (count > Array.MaxLength - spare)
        {
            throw new NotSupportedException(
                $"Expected matrices of at most {Array.MaxLength - spare} numbers, got {count}; MAFlow.Torch scores larger ones.");
        }

        _count = (int)count;
        _values = GC.AllocateArray<T>(_count + spare, pinned: true);
        _start = Misalignment(_values) is var beyond and not 0 ? (64 - beyond) / Unsafe.SizeOf<T>() : 0;
    }

    public Span<T> Span => _values.AsSpan(_start, _count);

    private static unsafe int Misalignment(T[] pinned)
    {
        fixed (T* first = pinned)
        {
            return (int)((nuint)first % 64);
        }
    }
}
