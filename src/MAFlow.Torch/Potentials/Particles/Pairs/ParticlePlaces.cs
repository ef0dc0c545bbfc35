using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>Who is in a pair with whom, as tensors of one type and device. They belong to the scope in which they are made.</summary>
internal sealed class ParticlePlaces
{
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor _incidence;
    private readonly Tensor _membership;

    /// <param name="shape">Sizes.</param>
    /// <param name="like">A tensor of the solve.</param>
    public ParticlePlaces(ParticleShape shape, Tensor like)
    {
        Shape = shape;
        using var scope = NewDisposeScope();
        var pairs = (
            from i in Enumerable.Range(0, shape.Particles)
            from j in Enumerable.Range(i + 1, shape.Particles - i - 1)
            select (i, j)).ToList();
        _first = tensor(pairs.Select(pair => (long)pair.i).ToArray(), dtype: int64).to(like.device).MoveToOuterDisposeScope();
        _second = tensor(pairs.Select(pair => (long)pair.j).ToArray(), dtype: int64).to(like.device).MoveToOuterDisposeScope();
        var unit = eye(shape.Particles, dtype: like.dtype, device: like.device);
        _incidence = unit.index_select(1, _first).sub(unit.index_select(1, _second)).MoveToOuterDisposeScope();
        _membership = _incidence.abs().MoveToOuterDisposeScope();
        Centres = TensorFactories.Arange(Math.Max(shape.Gaussians, shape.Channels), like.dtype, like.device)
            .unsqueeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Sizes.</summary>
    public ParticleShape Shape { get; }

    /// <summary>Centres of the Gaussians in units of their width, shape [K, 1].</summary>
    public Tensor Centres { get; }

    /// <summary>r_i - r_j of each pair, shape [D, P, B], of vectors [D, n, B].</summary>
    public Tensor Differences(Tensor vectors) => vectors.index_select(1, _first).sub(vectors.index_select(1, _second));

    /// <summary>The same of points, in a box to the nearest image.</summary>
    public Tensor Displacements(Tensor x)
    {
        var difference = Differences(x);
        return Shape.Box is { } box ? box.Nearest(difference) : difference;
    }

    /// <summary>The sum of both particles' numbers for each pair: [M, n, B] to [M, P, B].</summary>
    public Tensor OverPairs(Tensor particles) => particles.index_select(1, _first).Add(particles.index_select(1, _second));

    /// <summary>For each particle the sum over its pairs: [M, P, B] to [M, n, B].</summary>
    public Tensor Counts(Tensor pairs) => _membership.matmul(pairs);

    /// <summary>For each particle the sum over its pairs, first minus second: [D, P, B] to [D, n, B].</summary>
    public Tensor Sums(Tensor pairs) => _incidence.matmul(pairs);
}
