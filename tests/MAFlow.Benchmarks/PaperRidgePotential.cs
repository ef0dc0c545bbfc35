using MAFlow.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The ridge potential exactly as the paper's reference code computes it, differentiated by autograd: the baseline of the training-step ratio.</summary>
/// <remarks>Per stage: xWᵀ twice, two products with an h x h diagonal matrix, one with W and one with W².</remarks>
internal sealed class PaperRidgePotential : Potential
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Parameter amplitude;

    public PaperRidgePotential(RidgePotential source)
        : base("paper-ridge", source.Dimension)
    {
        weight = new Parameter(source.Weight.detach().clone());
        bias = new Parameter(source.Bias!.detach().clone());
        amplitude = new Parameter(source.Amplitude.detach().clone());
        register_parameter("weight", weight);
        register_parameter("bias", bias);
        register_parameter("amplitude", amplitude);
    }

    public override Tensor Value(Tensor x, double time = 0) => Activation.Softplus.Value(addmm(bias, x, weight.t(), 1, 1)).mv(amplitude);

    public override PotentialDerivatives Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        using var scope = NewDisposeScope();
        var first = addmm(bias, x, weight.t(), 1, 1).sigmoid();
        var gradient = first.mm(diag(amplitude)).mm(weight);
        var again = addmm(bias, x, weight.t(), 1, 1).sigmoid();
        var laplacian = again.mul(again.neg().add(1)).mm(diag(amplitude)).mm(weight.square()).sum([1L]);
        return new(gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }
}
