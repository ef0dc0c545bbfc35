using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>All distances of pairs in configurations.</summary>
public static class Distances
{
    /// <summary>Shape [B, n(n - 1)/2].</summary>
    /// <param name="x">Configurations, shape [B, nD].</param>
    /// <param name="particles">n.</param>
    public static Tensor Of(Tensor x, int particles)
    {
        using var scope = NewDisposeScope();
        var points = x.reshape(x.shape[0], particles, -1);
        var pairs = triu_indices(particles, particles, 1);
        var differences = points.index_select(1, pairs[0]).sub(points.index_select(1, pairs[1]));
        return differences.pow(2).sum([2L]).sqrt().MoveToOuterDisposeScope();
    }
}
