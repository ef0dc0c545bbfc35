using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>C = L Rᵀ where L and R hold every translation of C filters on a torus: applied by FFT, O(BCN log N) per stage.</summary>
/// <remarks>Hidden unit (c, t) is the filter c centred at site t; with ^ for Fourier transforms over t,
/// (sC)^_c' = conj(R^_c') Σ_c L^_c s^_c.</remarks>
internal sealed class CirculantCoupling : HiddenCoupling
{
    private readonly TorusFourier _fourier;
    private readonly double _step;
    private readonly long _channels;
    private readonly Tensor _left;
    private readonly Tensor _right;
    private Tensor? _leftGradient;
    private Tensor? _rightGradient;

    /// <param name="left">Filters of L, shape [C, N].</param>
    /// <param name="right">Filters of R, shape [C, N].</param>
    /// <param name="step">ε.</param>
    /// <param name="fourier">The torus.</param>
    public CirculantCoupling(Tensor left, Tensor right, double step, TorusFourier fourier)
        : base(Precision.Full)
    {
        (_fourier, _step, _channels) = (fourier, step, left.shape[0]);
        (_left, _right) = (fourier.Forward(left.Mul(step)), fourier.Forward(right));
    }

    /// <summary>C as two banks of filters [C, N] on a torus.</summary>
    public static CouplingForm FormOn(TorusFourier fourier) => new(
        (tensors, step, _) => new CirculantCoupling(tensors[0], tensors[1], step, fourier),
        (tensors, s, _) =>
        {
            var spectrum = fourier.Forward(s.view(s.shape[0], tensors[0].shape[0], fourier.Sites));
            var field = Gather(spectrum, fourier.Forward(tensors[0]));
            return fourier.Backward(field.unsqueeze(1).mul(fourier.Forward(tensors[1]).conj())).view(s.shape);
        });

    public override void Apply(Tensor s, Tensor result) => Couple(s, _left, _right, result);

    public override void ApplyTransposed(Tensor r, Tensor result) => Couple(r, _right, _left, result);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Spectrum(s), Spectrum(r));
        // Σ over rows of the correlation of one side's units with what the other side sends.
        _leftGradient!.Add_(Correlate(first, Gather(second, _right)));
        _rightGradient!.Add_(Correlate(second, Gather(first, _left)));
    }

    public override void BeginReverse() => (_leftGradient, _rightGradient) = (zeros_like(_left), zeros_like(_right));

    public override Tensor? ToMatrix() => null;

    public override IReadOnlyList<Tensor> Gradients() =>
        [_fourier.Backward(_leftGradient!).Mul_(_step), _fourier.Backward(_rightGradient!)];

    private static Tensor Gather(Tensor spectrum, Tensor filters) => spectrum.mul(filters).sum([1L]);

    private static Tensor Correlate(Tensor units, Tensor field) => units.conj().mul(field.unsqueeze(1)).sum([0L]);

    private Tensor Spectrum(Tensor units)
    {
        using var scope = NewDisposeScope();
        return _fourier.Forward(units.view(units.shape[0], _channels, _fourier.Sites)).MoveToOuterDisposeScope();
    }

    private void Couple(Tensor units, Tensor from, Tensor to, Tensor result)
    {
        using var scope = NewDisposeScope();
        var field = Gather(Spectrum(units), from);
        result.copy_(_fourier.Backward(field.unsqueeze(1).mul(to.conj())).view(result.shape));
    }
}
