using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>C = L Rᵀ with factors of shape [h, N]: two products of 2BNh per stage, for wide potentials on few coordinates
/// (h ≥ 2N).</summary>
internal sealed class FactoredCoupling : HiddenCoupling
{
    private readonly double _step;
    private readonly Tensor _left;
    private readonly Tensor _right;
    private readonly Tensor _scaled;
    private Tensor? _leftGradient;
    private Tensor? _rightGradient;

    /// <summary>C as two factors L and R [h, N].</summary>
    public static CouplingForm Form { get; } = new(
        (tensors, step, precision) => new FactoredCoupling(tensors[0], tensors[1], step, precision),
        (tensors, s, precision) => MatrixProduct.Of(MatrixProduct.Of(s, tensors[0], precision), tensors[1].t(), precision),
        (solve, y, tensors) => solve.Suits(y, tensors[0]) ? FactoredFunction.Integrate(solve, y, tensors[0], tensors[1]) : null);

    public FactoredCoupling(Tensor left, Tensor right, double step, Precision precision)
        : base(precision)
    {
        (_left, _step) = (left, step);
        _right = MatrixProduct.Operand(right, precision);
        _scaled = MatrixProduct.Operand(left.Mul(step), precision);
    }

    public override void Apply(Tensor s, Tensor result) => Compose(s, _scaled, _right, result);

    public override void ApplyTransposed(Tensor r, Tensor result) => Compose(r, _right, _scaled, result);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        Product(_leftGradient!, s.t(), Narrow(r, _right), keep: true);
        Product(_rightGradient!, r.t(), Narrow(s, _scaled), keep: true);
    }

    public override void BeginReverse() => (_leftGradient, _rightGradient) = (zeros_like(_left), zeros_like(_left));

    public override Tensor ToMatrix() => _left.Mul(_step).mm(_right.t().to(_left.dtype));

    public override IReadOnlyList<Tensor> Gradients() => [_leftGradient!.Mul_(_step), _rightGradient!];

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
