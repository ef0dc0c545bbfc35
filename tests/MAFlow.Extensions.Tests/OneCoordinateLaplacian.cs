using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Potentials.Laplacians;
using MAFlow.Torch.Serialization;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>One random coordinate per row instead of all N: ∇²φ ≈ N ∂²φ/∂xᵢ², which is unbiased.</summary>
public sealed class OneCoordinateLaplacian : LaplacianEstimator
{
    private const string Kind = "one-coordinate";

    /// <summary>Once per process, before a file with such an estimator is loaded.</summary>
    public static void Register() => Kinds.Register(Kind, Read);

    /// <summary>Drawn once per solve, shape [1, B, N]: every stage of every step sees the same coordinates.</summary>
    protected override Tensor? DrawProbes(Tensor x, Generator? generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        using var scope = NewDisposeScope();
        var chosen = randint(0, x.shape[1], [1, x.shape[0], 1], dtype: int64, generator: generator);
        var probes = zeros([1, x.shape[0], x.shape[1]], dtype: x.dtype).scatter(2, chosen, ones([1, x.shape[0], 1], dtype: x.dtype));
        return probes.to(x.device).MoveToOuterDisposeScope();
    }

    protected override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph)
    {
        using var scope = NewDisposeScope();
        var probe = probes![0];
        return Derivative(gradient, x, probe, createGraph).mul(probe).sum([1L]).Mul(x.shape[1]).MoveToOuterDisposeScope();
    }

    protected override StoredComponent Store() => new(Kind);

    private static OneCoordinateLaplacian Read(StoredComponent stored) => new();
}
