using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.Time;

/// <summary>φ = Σⱼ aⱼ f(yⱼ) with y = W x + b at the stages of a solve, where a and b are linear in time. Points are columns,
/// [N, B].</summary>
/// <remarks>
/// With p = W v̄ and n = |w|²: v̄·∇φ + l̄ ∇²φ = Σⱼ aⱼ (f' p + l̄ n f'')ⱼ, whose derivative by y is q = a ∘ (f'' ∘ p + l̄ n ∘ f'''). So its
/// derivative by x is Wᵀq, by b q, by a f' ∘ p + l̄ n ∘ f'', and by W, n apart, q xᵀ + (a ∘ f') v̄ᵀ.
/// </remarks>
/// <param name="activation">f.</param>
/// <param name="terms">W, n, a at both ends and, where the activation has one, b at both ends.</param>
internal sealed class TimeRidgeStages(Activation activation, IReadOnlyList<Tensor> terms) : IKnotStages
{
    private readonly Tensor _weight = terms[0];
    private readonly Tensor _squaredNorm = terms[1];
    private readonly Tensor _amplitudes = terms[2];
    private readonly Tensor? _biases = terms.Count > 3 ? terms[3] : null;
    private Tensor[] _sums = [];

    /// <inheritdoc/>
    public (Tensor Velocity, Tensor Laplacian) At(double fraction, Tensor point)
    {
        var (amplitude, s) = (Between(_amplitudes, fraction), Slopes(fraction, point));
        return (Velocity(amplitude, s), Laplacian(amplitude, activation.Second(s)));
    }

    /// <inheritdoc/>
    public (Tensor ByPoint, Tensor Velocity, Tensor Laplacian) Along(double fraction, Tensor point, Tensor score, Tensor unit)
    {
        var (amplitude, s) = (Between(_amplitudes, fraction), Slopes(fraction, point));
        var second = activation.Second(s);
        var byUnits = second.mul(_weight.mm(score)).Add(activation.Third(s).mul(Column(_squaredNorm))).mul(Column(amplitude));
        return (_weight.t().mm(byUnits), Velocity(amplitude, s), Laplacian(amplitude, second));
    }

    /// <inheritdoc/>
    public void BeginSums() => _sums = [.. terms.Select(term => zeros_like(term))];

    /// <inheritdoc/>
    public Tensor Reverse(double fraction, Tensor point, Tensor cotangent, Tensor? laplacian)
    {
        var (amplitude, s) = (Between(_amplitudes, fraction), Slopes(fraction, point));
        var (second, seen) = (activation.Second(s), _weight.mm(cotangent));
        var (byAmplitude, byUnits) = (s.mul(seen).sum([1L]), second.mul(seen));
        if (laplacian is not null)
        {
            var bent = second.mv(laplacian);
            byAmplitude = byAmplitude.Add(bent.mul(_squaredNorm));
            byUnits = byUnits.Add(activation.Third(s).mul(Column(_squaredNorm)).mul(laplacian));
            _sums[1].Add_(bent.mul(amplitude));
        }

        byUnits = byUnits.mul(Column(amplitude));
        _sums[0].Add_(byUnits.mm(point.t()).addmm_(s.mul(Column(amplitude)), cotangent.t(), 1, 1));
        SumLinear(2, byAmplitude, fraction);
        if (_biases is not null)
        {
            SumLinear(3, byUnits.sum([1L]), fraction);
        }

        return _weight.t().mm(byUnits);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Totals() => _sums;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The terms belong to the caller.
    }

    /// <summary>f'(y), shape [h, B].</summary>
    private Tensor Slopes(double fraction, Tensor point) => activation.First(_biases is null
        ? _weight.mm(point)
        : addmm(Column(Between(_biases, fraction)), _weight, point, 1, 1));

    private Tensor Velocity(Tensor amplitude, Tensor s) => _weight.t().mm(s.mul(Column(amplitude)));

    private Tensor Laplacian(Tensor amplitude, Tensor second) => second.t().mv(amplitude.mul(_squaredNorm));

    private void SumLinear(int term, Tensor gradient, double fraction)
    {
        using Scalar start = (1 - fraction).ToScalar(), end = fraction.ToScalar();
        _sums[term][0].add_(gradient, alpha: start);
        _sums[term][1].add_(gradient, alpha: end);
    }

    private static Tensor Between(Tensor ends, double fraction) => ends[0].Mul(1 - fraction).Add(ends[1], alpha: fraction);

    private static Tensor Column(Tensor numbers) => numbers.unsqueeze(1);
}
