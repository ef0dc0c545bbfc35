using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C = L Rᵀ with factors of shape [h, N]: two products of 2BNh per stage, for wide potentials on few coordinates (h ≥ 2N).</summary>
internal sealed class FactoredCoupling(Tensor left, Tensor right, double step, Precision precision) : HiddenCoupling(precision)
{
    private readonly Tensor scaled = Operand(left.mul(step), precision);
    private readonly Tensor right = Operand(right, precision);
    private readonly Tensor leftGradient = zeros_like(left);
    private readonly Tensor rightGradient = zeros_like(right);

    public override Tensor Apply(Tensor s) => Product(Product(s, scaled), right.t());

    public override Tensor ApplyTransposed(Tensor r) => Product(Product(r, right), scaled.t());

    public override void Accumulate(Tensor s, Tensor r)
    {
        AddProduct(leftGradient, s.t(), Product(r, right));
        AddProduct(rightGradient, r.t(), Product(s, scaled));
    }

    public override Tensor ToMatrix() => scaled.mm(right.t());

    public override IReadOnlyList<Tensor> Gradients() => [leftGradient.mul_(step), rightGradient];
}
