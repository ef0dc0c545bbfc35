using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Laplacians;

/// <summary>An estimator for some rows of a batch: they get the probes that they would have in the whole batch.</summary>
/// <param name="whole">How the whole batch is estimated.</param>
/// <param name="first">First row.</param>
/// <param name="rows">Rows of the whole batch.</param>
internal sealed class CutLaplacian(LaplacianEstimator whole, long first, long rows) : LaplacianEstimator
{
    protected internal override Tensor? DrawProbes(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var probes = whole.DrawProbes(x.narrow(0, 0, 1).expand(rows, x.shape[1]), generator);
        return probes?.narrow(1, first, x.shape[0]).MoveToOuterDisposeScope();
    }

    protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph) =>
        whole.Estimate(gradient, x, probes, createGraph);

    protected internal override StoredComponent Store() => whole.Store();
}
