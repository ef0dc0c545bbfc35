using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials;

/// <summary>A potential as a field: dx/dt = ∇φ, with the integrals of ∇²φ and, where it is wanted, of |∇φ|².</summary>
internal sealed class PotentialField : Field
{
    private readonly Potential _potential;
    private readonly TimeGrid _piece;
    private readonly LaplacianEstimator _estimator;
    private readonly Tensor? _probes;
    private readonly bool _withKineticEnergy;

    /// <param name="potential">φ.</param>
    /// <param name="piece">The stretch of time, without breaks, on which the field is looked at.</param>
    /// <param name="estimator">Laplacian where there is no closed form.</param>
    /// <param name="probes">Probes of a stochastic estimator; null where nothing is random.</param>
    /// <param name="withKineticEnergy">Whether |∇φ|² is wanted.</param>
    public PotentialField(Potential potential, TimeGrid piece, LaplacianEstimator estimator, Tensor? probes, bool withKineticEnergy) =>
        (_potential, _piece, _estimator, _probes, _withKineticEnergy) = (potential, piece, estimator, probes, withKineticEnergy);

    internal override IReadOnlyList<Tensor> Parameters => _probes is null ? _potential.DependsOn : [.. _potential.DependsOn, _probes];

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var derivatives = _potential.Derivatives(x, _piece.Inside(time), _estimator, _probes);
        IReadOnlyList<Tensor> integrands = _withKineticEnergy
            ? [derivatives.Laplacian, derivatives.Gradient.Square().sum([1L])]
            : [derivatives.Laplacian];
        return new FieldState(derivatives.Gradient, integrands).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        Tensor Zeros() => zeros(x.shape[0], dtype: x.dtype, device: x.device);
        return new(x, _withKineticEnergy ? [Zeros(), Zeros()] : [Zeros()]);
    }

    // The potential reads its own tensors, which live as long as it does; the probes would end with the solve.
    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate) =>
        (_probes is null ? this : new PotentialField(_potential, _piece, _estimator, kept[^1], _withKineticEnergy), kept);

    internal override bool HidesParameters(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        using var _ = enable_grad();
        return _potential.Evaluate(x, _piece.Inside(time)).requires_grad;
    }
}
