using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One random coordinate per row instead of all N: ∇²φ ≈ N ∂²φ/∂xᵢ², which is unbiased.</summary>
/// <remarks>A Laplacian estimator of a user's own, by the public surface alone: it trains, is saved and loaded.</remarks>
public sealed class OneCoordinateLaplacian : LaplacianEstimator
{
    private const string Kind = "one-coordinate";

    public static void Register() => Kinds.Register(Kind, Read);

    protected internal override Tensor? DrawProbes(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var chosen = randint(0, x.shape[1], [1, x.shape[0], 1], dtype: int64, generator: generator);
        return zeros([1, x.shape[0], x.shape[1]], dtype: x.dtype).scatter(2, chosen, ones([1, x.shape[0], 1], dtype: x.dtype)).MoveToOuterDisposeScope();
    }

    protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph)
    {
        var probe = probes![0];
        var product = autograd.grad([gradient], [x], [probe], retain_graph: true, create_graph: createGraph)[0];
        return product.mul(probe).sum([1L]).Mul((double)x.shape[1]);
    }

    protected internal override StoredComponent Store() => new(Kind);

    private static OneCoordinateLaplacian Read(StoredComponent stored) => new();
}
