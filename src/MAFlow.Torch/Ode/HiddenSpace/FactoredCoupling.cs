using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C = L Rᵀ with factors of shape [h, N]: two products of 2BNh per stage, for wide potentials on few coordinates (h ≥ 2N).</summary>
internal sealed class FactoredCoupling : HiddenCoupling
{
    private readonly double step;
    private readonly Tensor left;
    private readonly Tensor right;
    private readonly Tensor scaled;
    private Tensor? leftGradient;
    private Tensor? rightGradient;

    public FactoredCoupling(Tensor left, Tensor right, double step, Precision precision)
        : base(precision)
    {
        (this.left, this.step) = (left, step);
        this.right = MatrixProduct.Operand(right, precision);
        scaled = MatrixProduct.Operand(left.Mul(step), precision);
    }

    public override void Apply(Tensor s, Tensor result) => Compose(s, scaled, right, result);

    public override void ApplyTransposed(Tensor r, Tensor result) => Compose(r, right, scaled, result);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        Product(leftGradient!, s.t(), Narrow(r, right), keep: true);
        Product(rightGradient!, r.t(), Narrow(s, scaled), keep: true);
    }

    public override void BeginReverse() => (leftGradient, rightGradient) = (zeros_like(left), zeros_like(left));

    public override Tensor ToMatrix() => left.Mul(step).mm(right.t().to(left.dtype));

    public override IReadOnlyList<Tensor> Gradients() => [leftGradient!.Mul_(step), rightGradient!];

    /// <summary>(a first) secondᵀ.</summary>
    private void Compose(Tensor a, Tensor first, Tensor second, Tensor result)
    {
        using var scope = NewDisposeScope();
        Product(result, Narrow(a, first), second.t());
    }

    /// <summary>a b, from [rows, h] to [rows, N].</summary>
    private Tensor Narrow(Tensor a, Tensor b)
    {
        var narrow = empty([a.shape[0], b.shape[1]], dtype: a.dtype, device: a.device);
        Product(narrow, a, b);
        return narrow;
    }
}
