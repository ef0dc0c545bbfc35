using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Everything that φ depends on between two knots: what holds throughout, and what is linear in time, at both ends.</summary>
/// <remarks>
/// Throughout: filters [M, S], sharpness ω [S, J], curvature κω² [S, J], and sharpness and offset of the collective terms [C].
/// At each end: constants [F], linear terms λ [M], collective strengths g [C], and for each block of f features their coupling [M, f, f]
/// in units of tanh(ωy) and tanh²(ωy), the spread of it that ∇² sees [M, f, f], and, where there are several components, the coupling
/// between them [M, f, f].
/// </remarks>
internal sealed class PairTerms
{
    private const int Throughout = 5;
    private const int PerEnd = 3;
    private readonly PairShape _shape;

    /// <param name="shape">Sizes.</param>
    /// <param name="tensors">The tensors in the order of the remarks.</param>
    public PairTerms(PairShape shape, IReadOnlyList<Tensor> tensors) => (_shape, Tensors) = (shape, tensors);

    /// <summary>The tensors in the order of the remarks.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    private int LinearCount => PerEnd + (_shape.Blocks.Count * _shape.TensorsPerBlock);

    /// <summary>Joins the terms of two moments, which share what holds throughout.</summary>
    public static PairTerms Between(PairShape shape, IEnumerable<Tensor> throughout, IEnumerable<Tensor> start, IEnumerable<Tensor> end) =>
        new(shape, [.. throughout, .. start, .. end]);

    /// <summary>Number of a tensor that is linear in time among <see cref="Tensors"/>.</summary>
    /// <param name="index">Number among those of one end.</param>
    /// <param name="atEnd">Whether the one at the end is meant.</param>
    public int Place(int index, bool atEnd) => Throughout + (atEnd ? LinearCount : 0) + index;

    /// <summary>Whether a tensor has one row per orbit of wave vectors.</summary>
    public bool IsPerOrbit(int index)
    {
        var place = index < Throughout ? -1 : (index - Throughout) % LinearCount;
        return index == 0 || place is 1 or >= PerEnd;
    }

    /// <summary>Number of a block's first tensor among those of one end.</summary>
    public int BlockPlace(int block) => PerEnd + (block * _shape.TensorsPerBlock);

    /// <summary>The terms at a moment, one per wave instead of one per orbit.</summary>
    /// <param name="fraction">From 0 at the start to 1 at the end.</param>
    /// <param name="orbits">Orbit of each wave.</param>
    /// <param name="filters">Filters for each wave [N, S], which are the same at all moments.</param>
    public PairWeights At(double fraction, Tensor orbits, Tensor filters)
    {
        using var scope = NewDisposeScope();
        Tensor Linear(int index) => Tensors[Place(index, false)].Mul(1 - fraction).Add(Tensors[Place(index, true)], alpha: fraction);
        Tensor PerWave(int index) => Linear(index).index_select(0, orbits);
        var count = _shape.Blocks.Count;
        var linear = PerWave(1);
        return new PairWeights(
            filters.unsqueeze(-1), Tensors[1].unsqueeze(-1), Tensors[2].alias(), Linear(0), linear.unsqueeze(-1), linear.sum(),
            Linear(2).unsqueeze(-1), Tensors[3].unsqueeze(-1), Tensors[4].unsqueeze(-1),
            [.. Enumerable.Range(0, count).Select(block => PerWave(BlockPlace(block)))],
            [.. Enumerable.Range(0, count).Select(block => PerWave(BlockPlace(block) + 1))],
            _shape.Components == 1 ? [] : [.. Enumerable.Range(0, count).Select(block => PerWave(BlockPlace(block) + 2))])
            .MoveToOuterDisposeScope();
    }

    /// <summary>Filters for each wave, shape [N, S].</summary>
    public Tensor Filters(Tensor orbits) => Tensors[0].index_select(0, orbits);
}
