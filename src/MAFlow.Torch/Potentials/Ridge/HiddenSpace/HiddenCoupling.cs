using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>The linear map C that couples hidden units: dy/dt = f'(y) C, with C = diag(a) W Wᵀ for a ridge potential.</summary>
/// <remarks>A coupling lives for one solve; the step ε is folded into it, so that a product is a Runge-Kutta increment.</remarks>
internal abstract class HiddenCoupling(Precision precision)
{
    /// <summary>s ↦ ε s C.</summary>
    /// <param name="s">f' of the hidden units, shape [B, h].</param>
    /// <param name="result">Receives the product, shape [B, h].</param>
    public abstract void Apply(Tensor s, Tensor result);

    /// <summary>r ↦ ε r Cᵀ.</summary>
    /// <param name="r">Adjoints, shape [B, h].</param>
    /// <param name="result">Receives the product, shape [B, h].</param>
    public abstract void ApplyTransposed(Tensor r, Tensor result);

    /// <summary>Adds ε Σ sᵀr over a block of stages to the gradient of the coupling.</summary>
    /// <param name="s">f' of the stages, shape [rows, h].</param>
    /// <param name="r">Adjoints of the stages, shape [rows, h].</param>
    public abstract void Accumulate(Tensor s, Tensor r);

    /// <summary>Makes room for the gradient; called before the first <see cref="Accumulate"/>.</summary>
    public abstract void BeginReverse();

    /// <summary>ε C as one h x h matrix in the state's own type, or null where that is no sensible way to apply it.</summary>
    public abstract Tensor? ToMatrix();

    /// <summary>The gradients of the tensors that make up the coupling, in their order.</summary>
    public abstract IReadOnlyList<Tensor> Gradients();

    /// <summary>target ← keep · target + factor · a b; an operand that has the products' type already is taken as it is.</summary>
    /// <remarks>Torch rounds the factor to float32, and only full precision knows another than 1.</remarks>
    protected void Product(Tensor target, Tensor a, Tensor b, bool keep = false, float factor = 1)
    {
        if (precision == Precision.Full)
        {
            // In place, so that a solve allocates nothing per stage; with beta = 0 the old content does not count.
            target.addmm_(a, b, keep ? 1 : 0, factor);
            return;
        }

        using var scope = NewDisposeScope();
        var product = MatrixProduct.Operand(a, precision).mm(MatrixProduct.Operand(b, precision));
        if (keep)
        {
            target.Add_(product);
        }
        else
        {
            target.copy_(product);
        }
    }
}
