using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>C as an h x h matrix: one product of 2Bh² per stage, whatever the dimension of the data.</summary>
internal sealed class DenseCoupling : HiddenCoupling
{
    private readonly double _step;
    private readonly float _factor = 1;
    private readonly Tensor _matrix;
    private readonly Tensor _scaled;
    private readonly Tensor _transposed;
    private Tensor? _gradient;

    /// <summary>C as one matrix [h, h].</summary>
    public static CouplingForm Form { get; } = new(
        (tensors, step, precision) => new DenseCoupling(tensors[0], step, precision),
        (tensors, s, precision) => MatrixProduct.Of(s, tensors[0], precision));

    public DenseCoupling(Tensor matrix, double step, Precision precision)
        : base(precision)
    {
        (_matrix, _step) = (matrix, step);
        if (precision == Precision.Full && matrix.dtype == ScalarType.Float32)
        {
            // The product multiplies by ε for nothing, where ε is a float32 to torch as well.
            (_scaled, _factor) = (matrix, (float)step);
        }
        else
        {
            _scaled = MatrixProduct.Operand(matrix.Mul(step), precision);
        }

        _transposed = _scaled.t();
    }

    public override void Apply(Tensor s, Tensor result) => Product(result, s, _scaled, factor: _factor);

    public override void ApplyTransposed(Tensor r, Tensor result) => Product(result, r, _transposed, factor: _factor);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        Product(_gradient!, s.t(), r, keep: true, _factor);
    }

    public override void BeginReverse() => _gradient = zeros_like(_matrix);

    public override Tensor ToMatrix() => _scaled.dtype == _matrix.dtype && _factor == 1 ? _scaled.alias() : _matrix.Mul(_step);

    public override IReadOnlyList<Tensor> Gradients() => [_factor == 1 ? _gradient!.Mul_(_step) : _gradient!];
}
