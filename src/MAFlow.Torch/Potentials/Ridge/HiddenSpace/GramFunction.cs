using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>G = W Wᵀ with the gradient W̄ = (Ḡ + Ḡᵀ) W: half the work of a general product, forwards and in reverse.</summary>
internal sealed class GramFunction : autograd.SingleTensorFunction<GramFunction>
{
    private const string ResultKey = "result";
    private const int Blocks = 4;

    /// <inheritdoc/>
    public override string Name => nameof(GramFunction);

    /// <summary>Forms G [h, h] from W [h, N], recording a node when gradients are enabled.</summary>
    /// <param name="weight">W.</param>
    /// <param name="precision">Arithmetic of the products.</param>
    public static Tensor Of(Tensor weight, Precision precision)
    {
        if (precision == Precision.Full)
        {
            return is_grad_enabled() ? apply(weight) : Product(weight);
        }

        using var scope = NewDisposeScope();
        return MatrixProduct.Of(weight, weight.t(), precision).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var weight = (Tensor)vars[0];
        ctx.save_for_backward([weight]);
        return Product(weight);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var weight = ctx.get_saved_variables()[0];
        List<Tensor> result = [grad_output.Add(grad_output.t()).mm(weight).MoveToOuterDisposeScope()];
        // Native code reads the gradient after this frame has ended.
        ctx.save_data(ResultKey, result);
        return result;
    }

    /// <summary>The blocks on and above the diagonal are multiplied, those below are their transposes.</summary>
    private static Tensor Product(Tensor weight)
    {
        var units = weight.shape[0];
        if (units < 128)
        {
            using var transposed = weight.t();
            return weight.mm(transposed);
        }

        using var scope = NewDisposeScope();
        var gram = empty([units, units], dtype: weight.dtype, device: weight.device);
        var cuts = Enumerable.Range(0, Blocks + 1).Select(block => units * block / Blocks).ToArray();
        for (var block = 0; block < Blocks; block++)
        {
            using var blockScope = NewDisposeScope();
            var (start, height) = (cuts[block], cuts[block + 1] - cuts[block]);
            var rest = units - start;
            var rows = weight.narrow(0, start, height).mm(weight.narrow(0, start, rest).t());
            gram.narrow(0, start, height).narrow(1, start, rest).copy_(rows);
            gram.narrow(0, start, rest).narrow(1, start, height).copy_(rows.t());
        }

        return gram.MoveToOuterDisposeScope();
    }
}
