using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C as an h x h matrix: one product of 2Bh² per stage, whatever the dimension of the data.</summary>
internal sealed class DenseCoupling(Tensor matrix, double step, Precision precision) : HiddenCoupling(precision)
{
    private readonly Tensor scaled = Operand(matrix.mul(step), precision);
    private readonly Tensor gradient = zeros_like(matrix);

    public override Tensor Apply(Tensor s) => Product(s, scaled);

    public override Tensor ApplyTransposed(Tensor r) => Product(r, scaled.t());

    public override void Accumulate(Tensor s, Tensor r) => AddProduct(gradient, s.t(), r);

    public override Tensor ToMatrix() => scaled.alias();

    public override IReadOnlyList<Tensor> Gradients() => [gradient.mul_(step)];
}
