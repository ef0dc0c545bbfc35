using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The ridge potential exactly as the paper's reference code computes it, differentiated by autograd: the baseline of the training-step ratio.</summary>
/// <remarks>Per stage: xWᵀ twice, two products with an h x h diagonal matrix, one with W and one with W².</remarks>
internal sealed class PaperRidgePotential : Potential
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Parameter _amplitude;

    public PaperRidgePotential(RidgePotential source)
        : base("paper-ridge", source.Dimension)
    {
        _weight = new Parameter(source.Weight.detach().clone());
        _bias = new Parameter(source.Bias!.detach().clone());
        _amplitude = new Parameter(source.Amplitude.detach().clone());
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
        register_parameter("amplitude", _amplitude);
    }

    protected internal override Tensor Evaluate(Tensor x, double time) => Activation.Softplus.Value(addmm(_bias, x, _weight.t(), 1, 1)).mv(_amplitude);

    protected internal override (Tensor Gradient, Tensor Laplacian) Derivatives(Tensor x, double time, LaplacianEstimator estimator, Tensor? probes)
    {
        using var scope = NewDisposeScope();
        var first = addmm(_bias, x, _weight.t(), 1, 1).sigmoid();
        var gradient = first.mm(diag(_amplitude)).mm(_weight);
        var again = addmm(_bias, x, _weight.t(), 1, 1).sigmoid();
        var laplacian = again.mul(again.neg().add(1)).mm(diag(_amplitude)).mm(_weight.square()).sum([1L]);
        return (gradient.MoveToOuterDisposeScope(), laplacian.MoveToOuterDisposeScope());
    }
}
