using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C as an h x h matrix: one product of 2Bh² per stage, whatever the dimension of the data.</summary>
internal sealed class DenseCoupling : HiddenCoupling
{
    private readonly double step;
    private readonly Tensor matrix;
    private readonly Tensor scaled;
    private readonly Tensor transposed;
    private Tensor? gradient;

    public DenseCoupling(Tensor matrix, double step, Precision precision)
        : base(precision)
    {
        (this.matrix, this.step) = (matrix, step);
        scaled = MatrixProduct.Operand(matrix.Mul(step), precision);
        transposed = scaled.t();
    }

    public override void Apply(Tensor s, Tensor result) => Product(result, s, scaled);

    public override void ApplyTransposed(Tensor r, Tensor result) => Product(result, r, transposed);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        Product(gradient!, s.t(), r, keep: true);
    }

    public override void BeginReverse() => gradient = zeros_like(matrix);

    public override Tensor ToMatrix() => scaled.dtype == matrix.dtype ? scaled.alias() : matrix.Mul(step);

    public override IReadOnlyList<Tensor> Gradients() => [gradient!.Mul_(step)];
}
