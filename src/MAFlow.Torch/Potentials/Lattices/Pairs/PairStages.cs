using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The stages of a solve by their time. Consecutive ones of one time share the terms.</summary>
internal sealed class PairStages : IKnotStages
{
    private readonly PairShape _shape;
    private readonly PairTerms _terms;
    private readonly AxisMaps _harmonics;
    private readonly Tensor _orbits;
    private readonly Tensor _filters;
    private PairGradients? _sums;
    private PairWeights? _last;
    private double _fraction = double.NaN;

    /// <param name="shape">Sizes.</param>
    /// <param name="terms">φ between two knots.</param>
    /// <param name="like">A tensor of the solve.</param>
    public PairStages(PairShape shape, PairTerms terms, Tensor like)
    {
        (_shape, _terms, _harmonics, _orbits) = (shape, terms, shape.Harmonics.Like(like), shape.Orbits(like));
        _filters = terms.Filters(_orbits);
    }

    /// <inheritdoc/>
    public (Tensor Velocity, Tensor Laplacian) At(double fraction, Tensor point) => Stage(fraction).At(point);

    /// <inheritdoc/>
    public (Tensor ByPoint, Tensor Velocity, Tensor Laplacian) Along(double fraction, Tensor point, Tensor score, Tensor unit) =>
        Stage(fraction).Reverse(point, score, unit, sums: null);

    /// <inheritdoc/>
    public void BeginSums() => _sums = new(_shape, _terms);

    /// <inheritdoc/>
    public Tensor Reverse(double fraction, Tensor point, Tensor cotangent, Tensor? laplacian)
    {
        _sums!.Fraction = fraction;
        return Stage(fraction).Reverse(point, cotangent, laplacian, _sums).ByPoint;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Totals() => _sums!.Totals();

    /// <summary>Frees the terms of the last moment.</summary>
    public void Dispose() => _last?.Dispose();

    private PairStage Stage(double fraction)
    {
        // Times that differ by rounding are computed from whole steps, and are the same number.
        if (_last is null || fraction != _fraction)
        {
            _last?.Dispose();
            // Longer than the scope of the stage that comes first.
            (_last, _fraction) = (_terms.At(fraction, _orbits, _filters).DetachFromDisposeScope(), fraction);
        }

        return new(_shape, _harmonics, _last);
    }
}
