using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The stages of a solve by their time. Consecutive ones of one time share the terms.</summary>
internal sealed class PairMoments : IDisposable
{
    private readonly PairShape _shape;
    private readonly PairTerms _terms;
    private readonly AxisMaps _harmonics;
    private readonly Tensor _orbits;
    private readonly Tensor _filters;
    private PairWeights? _last;
    private double _fraction = double.NaN;

    /// <param name="shape">Sizes.</param>
    /// <param name="terms">φ between two knots.</param>
    /// <param name="like">A tensor of the solve.</param>
    public PairMoments(PairShape shape, PairTerms terms, Tensor like)
    {
        LargeBuffer.KeepFreedMemory();
        (_shape, _terms, _harmonics, _orbits) = (shape, terms, shape.Harmonics.Like(like), shape.Orbits(like));
        _filters = terms.Filters(_orbits);
    }

    /// <summary>The stage at a part of the way from start to end.</summary>
    public PairStage At(double fraction) => new(_shape, _harmonics, Weights(fraction));

    /// <summary>Frees the terms of the last moment.</summary>
    public void Dispose() => _last?.Dispose();

    private PairWeights Weights(double fraction)
    {
        // Times that differ by rounding are computed from whole steps, and are the same number.
        if (_last is null || fraction != _fraction)
        {
            _last?.Dispose();
            // Longer than the scope of the stage that comes first.
            (_last, _fraction) = (_terms.At(fraction, _orbits, _filters).DetachFromDisposeScope(), fraction);
        }

        return _last;
    }
}
