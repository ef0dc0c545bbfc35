using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C as an h x h matrix: one product of 2Bh² per stage, whatever the dimension of the data.</summary>
internal sealed class DenseCoupling(Tensor matrix, double step) : HiddenCoupling
{
    private readonly Tensor scaled = matrix.mul(step);
    private readonly Tensor gradient = zeros_like(matrix);

    public override Tensor Apply(Tensor s) => s.mm(scaled);

    public override Tensor ApplyTransposed(Tensor r) => r.mm(scaled.t());

    public override void Accumulate(Tensor s, Tensor r) => gradient.addmm_(s.t(), r, 1, 1);

    public override IReadOnlyList<Tensor> Gradients() => [gradient.mul_(step)];
}
