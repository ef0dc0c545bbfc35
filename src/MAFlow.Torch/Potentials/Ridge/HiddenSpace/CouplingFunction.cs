using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>One autograd node for C = diag(a) G and |wⱼ|² = Gⱼⱼ with G = W Wᵀ.</summary>
/// <remarks>With Ḡ = diag(a) C̄ + diag(n̄), where n = |w|²: W̄ = (Ḡ + Ḡᵀ) W and āⱼ = Σₖ C̄ⱼₖ Gⱼₖ. By separate nodes the matrices of
/// h² numbers would be passed over twice as often.</remarks>
internal sealed class CouplingFunction : autograd.MultiTensorFunction<CouplingFunction>
{
    private const string ResultKey = "result";

    /// <inheritdoc/>
    public override string Name => nameof(CouplingFunction);

    /// <summary>C [h, h] and |w|² [h], recording a node when gradients are enabled.</summary>
    /// <param name="weight">W, shape [h, N].</param>
    /// <param name="amplitude">a, shape [h].</param>
    /// <param name="precision">Arithmetic of the product.</param>
    public static (Tensor Coupling, Tensor SquaredNorm) Of(Tensor weight, Tensor amplitude, Precision precision)
    {
        if (precision == Precision.Full && is_grad_enabled())
        {
            var outputs = apply([weight, amplitude]);
            return (outputs[0], outputs[1]);
        }

        using var scope = NewDisposeScope();
        if (precision == Precision.Full)
        {
            var gram = GramMatrix.Of(weight);
            var diagonal = gram.diagonal().clone();
            return (gram.mul_(amplitude.unsqueeze(1)).MoveToOuterDisposeScope(), diagonal.MoveToOuterDisposeScope());
        }

        var coupling = MatrixProduct.Of(weight, weight.t(), precision).mul(amplitude.unsqueeze(1));
        return (coupling.MoveToOuterDisposeScope(), weight.Square().sum([1L]).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (weight, amplitude) = ((Tensor)vars[0], (Tensor)vars[1]);
        var gram = GramMatrix.Of(weight);
        var (coupling, squaredNorm) = (gram.mul(amplitude.unsqueeze(1)), gram.diagonal().clone());
        // Saved only after this method has returned: what is saved must outlive its scope.
        ctx.save_for_backward([weight, amplitude, gram.MoveToOuterDisposeScope()]);
        ctx.set_materialize_grads(false);
        return [coupling.MoveToOuterDisposeScope(), squaredNorm.MoveToOuterDisposeScope()];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (weight, amplitude) = (saved[0], saved[1]);
        // Differentiated again, G depends on W.
        var gram = is_grad_enabled() ? weight.mm(weight.t()) : saved[2];
        var forCoupling = SolveGradients.Given(grad_outputs[0]) ?? zeros_like(gram);
        var forAmplitude = forCoupling.mul(gram).sum([1L]);
        var forGram = forCoupling.mul(amplitude.unsqueeze(1));
        // A transposed copy first: adding a transposed view goes over the memory in leaps.
        var forWeight = forGram.Add(forGram.t().contiguous()).mm(weight);
        if (SolveGradients.Given(grad_outputs[1]) is { } forSquaredNorm)
        {
            forWeight = forWeight.addcmul(weight, forSquaredNorm.unsqueeze(1), Scalars.Two);
        }

        List<Tensor> result = [forWeight.MoveToOuterDisposeScope(), forAmplitude.MoveToOuterDisposeScope()];
        // Native code reads the gradients after this frame has ended.
        ctx.save_data(ResultKey, result);
        return result;
    }
}
