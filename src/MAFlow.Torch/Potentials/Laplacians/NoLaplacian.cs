using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Laplacians;

/// <summary>Zero in place of the Laplacian of potentials without a closed form: for solves whose points alone are wanted.</summary>
internal sealed class NoLaplacian : LaplacianEstimator
{
    protected internal override Tensor? DrawProbes(Tensor x, Generator? generator) => null;

    protected internal override Tensor Estimate(Tensor gradient, Tensor x, Tensor? probes, bool createGraph) =>
        zeros(x.shape[0], x.dtype, x.device);
}
