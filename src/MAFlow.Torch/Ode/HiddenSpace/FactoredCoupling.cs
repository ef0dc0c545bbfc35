using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C = L Rᵀ with factors of shape [h, N]: two products of 2BNh per stage, for wide potentials on few coordinates (h ≥ 2N).</summary>
internal sealed class FactoredCoupling(Tensor left, Tensor right, double step) : HiddenCoupling
{
    private readonly Tensor scaled = left.mul(step);
    private readonly Tensor leftGradient = zeros_like(left);
    private readonly Tensor rightGradient = zeros_like(right);

    public override Tensor Apply(Tensor s) => s.mm(scaled).mm(right.t());

    public override Tensor ApplyTransposed(Tensor r) => r.mm(right).mm(scaled.t());

    public override void Accumulate(Tensor s, Tensor r)
    {
        leftGradient.addmm_(s.t(), r.mm(right), 1, 1);
        rightGradient.addmm_(r.t(), s.mm(scaled), 1, 1);
    }

    public override IReadOnlyList<Tensor> Gradients() => [leftGradient.mul_(step), rightGradient];
}
