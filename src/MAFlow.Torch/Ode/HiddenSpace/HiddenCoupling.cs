using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>The linear map C that couples hidden units: dy/dt = f'(y) C, with C = diag(a) W Wᵀ for a ridge potential.</summary>
/// <remarks>A coupling lives for one solve; the step ε is folded into it, so that a product is a Runge-Kutta increment.</remarks>
internal abstract class HiddenCoupling(Precision precision)
{
    /// <summary>s ↦ ε s C.</summary>
    /// <param name="s">f' of the hidden units, shape [B, h].</param>
    public abstract Tensor Apply(Tensor s);

    /// <summary>r ↦ ε r Cᵀ.</summary>
    /// <param name="r">Adjoints, shape [B, h].</param>
    public abstract Tensor ApplyTransposed(Tensor r);

    /// <summary>Adds ε Σ sᵀr over a block of stages to the gradient of the coupling.</summary>
    /// <param name="s">f' of the stages, shape [rows, h].</param>
    /// <param name="r">Adjoints of the stages, shape [rows, h].</param>
    public abstract void Accumulate(Tensor s, Tensor r);

    /// <summary>Whether <see cref="ToMatrix"/> is a sensible way to apply the coupling.</summary>
    public virtual bool IsMatrix => true;

    /// <summary>ε C as one h x h matrix.</summary>
    public abstract Tensor ToMatrix();

    /// <summary>The gradients of the tensors that make up the coupling, in their order.</summary>
    public abstract IReadOnlyList<Tensor> Gradients();

    /// <summary>A matrix in the type in which products are formed.</summary>
    protected static Tensor Operand(Tensor matrix, Precision precision) =>
        precision == Precision.Full ? matrix : matrix.to(ScalarType.BFloat16);

    /// <summary>a b, where b is an operand already; the result has the state's type.</summary>
    protected Tensor Product(Tensor a, Tensor b) =>
        precision == Precision.Full ? a.mm(b) : Operand(a, precision).mm(b).to(a.dtype);

    /// <summary>target ← target + a b.</summary>
    protected void AddProduct(Tensor target, Tensor a, Tensor b)
    {
        if (precision == Precision.Full)
        {
            target.addmm_(a, b, 1, 1);
        }
        else
        {
            target.add_(Operand(a, precision).mm(Operand(b, precision)));
        }
    }
}
