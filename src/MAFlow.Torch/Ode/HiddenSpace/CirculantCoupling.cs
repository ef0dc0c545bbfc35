using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>C = L Rᵀ where L and R hold every translation of C filters on a torus: applied by FFT, O(BCN log N) per stage.</summary>
/// <remarks>Hidden unit (c, t) is the filter c centred at site t; with ^ for Fourier transforms over t, (sC)^_c' = conj(R^_c') Σ_c L^_c s^_c.</remarks>
internal sealed class CirculantCoupling : HiddenCoupling
{
    private readonly TorusFourier fourier;
    private readonly double step;
    private readonly long channels;
    private readonly Tensor left;
    private readonly Tensor right;
    private Tensor? leftGradient;
    private Tensor? rightGradient;

    /// <param name="left">Filters of L, shape [C, N].</param>
    /// <param name="right">Filters of R, shape [C, N].</param>
    /// <param name="step">ε.</param>
    /// <param name="fourier">The torus.</param>
    public CirculantCoupling(Tensor left, Tensor right, double step, TorusFourier fourier)
        : base(Precision.Full)
    {
        (this.fourier, this.step, channels) = (fourier, step, left.shape[0]);
        (this.left, this.right) = (fourier.Forward(left.Mul(step)), fourier.Forward(right));
    }

    public override void Apply(Tensor s, Tensor result) => Couple(s, left, right, result);

    public override void ApplyTransposed(Tensor r, Tensor result) => Couple(r, right, left, result);

    public override void Accumulate(Tensor s, Tensor r)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Spectrum(s), Spectrum(r));
        // Σ over rows of the correlation of one side's units with what the other side sends.
        leftGradient!.Add_(Correlate(first, Gather(second, right)));
        rightGradient!.Add_(Correlate(second, Gather(first, left)));
    }

    public override void BeginReverse() => (leftGradient, rightGradient) = (zeros_like(left), zeros_like(right));

    public override Tensor? ToMatrix() => null;

    public override IReadOnlyList<Tensor> Gradients() => [fourier.Backward(leftGradient!).Mul_(step), fourier.Backward(rightGradient!)];

    private static Tensor Gather(Tensor spectrum, Tensor filters) => spectrum.mul(filters).sum([1L]);

    private static Tensor Correlate(Tensor units, Tensor field) => units.conj().mul(field.unsqueeze(1)).sum([0L]);

    private Tensor Spectrum(Tensor units)
    {
        using var scope = NewDisposeScope();
        return fourier.Forward(units.view(units.shape[0], channels, fourier.Sites)).MoveToOuterDisposeScope();
    }

    private void Couple(Tensor units, Tensor from, Tensor to, Tensor result)
    {
        using var scope = NewDisposeScope();
        var field = Gather(Spectrum(units), from);
        result.copy_(fourier.Backward(field.unsqueeze(1).mul(to.conj())).view(result.shape));
    }
}
