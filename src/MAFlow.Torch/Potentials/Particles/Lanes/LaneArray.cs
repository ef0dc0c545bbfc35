using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Vectors one after the other, each of which has one number of several rows. They begin as zeros.</summary>
/// <typeparam name="S">The vector operations.</typeparam>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <typeparam name="V">The vector.</typeparam>
internal sealed class LaneArray<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private const int CacheLine = 64;
    private readonly T[] _values;
    private readonly int _start;

    /// <param name="count">Number of vectors.</param>
    public LaneArray(int count)
    {
        Count = count;
        _values = GC.AllocateArray<T>(checked(count * S.Count) + (CacheLine / Unsafe.SizeOf<T>()), pinned: true);
        // A vector across two cache lines takes twice as long to load.
        var beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_values, 0) % CacheLine);
        _start = beyond == 0 ? 0 : (CacheLine - beyond) / Unsafe.SizeOf<T>();
    }

    /// <summary>Number of vectors.</summary>
    public int Count { get; }

    /// <summary>The first number.</summary>
    public ref T First
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_values), _start);
    }

    /// <summary>All numbers, those of a vector next to each other.</summary>
    public Span<T> Numbers => _values.AsSpan(_start, Count * S.Count);

    /// <summary>One vector. The place is not checked.</summary>
    public V this[nint place]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => S.Load(ref First, place * S.Count);
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => S.Store(value, ref First, place * S.Count);
    }

    /// <summary>Adds to one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(nint place, V value) => this[place] = S.Add(this[place], value);

    public void Clear() => Numbers.Clear();

    public void CopyTo(LaneArray<S, T, V> other) => Numbers.CopyTo(other.Numbers);

    /// <summary>Adds a multiple of other vectors.</summary>
    public void AddMultiple(V factor, LaneArray<S, T, V> other)
    {
        ref var own = ref First;
        ref var given = ref other.First;
        for (nint place = 0, end = (nint)Count * S.Count; place < end; place += S.Count)
        {
            S.Store(S.MultiplyAdd(factor, S.Load(ref given, place), S.Load(ref own, place)), ref own, place);
        }
    }
}
