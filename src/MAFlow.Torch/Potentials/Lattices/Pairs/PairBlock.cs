using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The odd or the even features inside the blocks that are coupled.</summary>
/// <param name="numbers">A block [N, f, R].</param>
/// <param name="features">f.</param>
/// <param name="first">First of the features meant.</param>
/// <param name="units">Features meant of each scale.</param>
/// <param name="columns">R.</param>
internal readonly ref struct PairBlock<T>(Span<T> numbers, long features, int first, int units, int columns)
    where T : unmanaged
{
    private readonly Span<T> _numbers = numbers;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Load(PairPlace at, int unit) => SiteVector.Load<T>(_numbers, At(at, unit), at.Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(PairPlace at, int unit, Vector256<T> vector) => SiteVector.Store(vector, _numbers, At(at, unit), at.Count);

    private int At(PairPlace at, int unit) =>
        (((at.Site * (int)features) + first + (at.Scale * units) + unit) * columns) + at.Column;
}
