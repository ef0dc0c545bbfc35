using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>What a potential φ(x) = Σⱼ aⱼ f(yⱼ) with y = xWᵀ + b tells its hidden-space solve.</summary>
/// <param name="Activation">f.</param>
/// <param name="Form">How the coupling C = diag(a) W Wᵀ is applied.</param>
/// <param name="Coupling">Tensors of the coupling.</param>
/// <param name="Amplitude">a, shape [h].</param>
/// <param name="SquaredNorm">|wⱼ|², shape [h].</param>
/// <param name="Observe">x ↦ xWᵀ + b, from [B, N] to [B, h].</param>
/// <param name="Filter">g ↦ gWᵀ, from [B, N] to [B, h].</param>
/// <param name="Emit">S ↦ (S ∘ a) W, from [B, h] to [B, N].</param>
internal sealed record HiddenUnits(
    Activation Activation,
    CouplingForm Form,
    IReadOnlyList<Tensor> Coupling,
    Tensor Amplitude,
    Tensor SquaredNorm,
    Func<Tensor, Tensor> Observe,
    Func<Tensor, Tensor> Filter,
    Func<Tensor, Tensor> Emit)
{
    /// <summary>Carries points along a piece by integrating the hidden units instead of the points: the same numbers at a fraction of the
    /// cost.</summary>
    /// <param name="start">Points and integrals at the piece's start.</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="solve">How to solve.</param>
    public PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        var field = new HiddenField(Activation, Form, Coupling, solve.Precision, solve.WithKineticEnergy);
        var integrals = solve.Along(field, Observe(start.X), piece).Integrals;
        return After(start, integrals, solve.WithKineticEnergy ? integrals[2].mv(Amplitude) : null, piece).MoveToOuterDisposeScope();
    }

    /// <summary>The same with the score carried along: ∇ ln p(T) = ∇ ln p(0) - (R ∘ a) W with R = ∫ f''∘u + |w|² f''' dt.</summary>
    /// <param name="start">Points and integrals at the piece's start.</param>
    /// <param name="score">∇ ln p there, shape [B, N].</param>
    /// <param name="piece">Times and steps.</param>
    /// <param name="solve">How to solve.</param>
    public (PathState State, Tensor Score) TransportScore(PathState start, Tensor score, TimeGrid piece, Solve solve)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var field = new HiddenScoreField(this, solve.Precision);
        var integrals = solve.Integrator.SolvePlainly(field, HiddenScoreField.Join(Observe(start.X), Filter(score)), piece).Integrals;
        var end = After(start, integrals, null, piece);
        return (end.MoveToOuterDisposeScope(), score.sub(Emit(integrals[2])).MoveToOuterDisposeScope());
    }

    private PathState After(PathState start, IReadOnlyList<Tensor> integrals, Tensor? kineticEnergy, TimeGrid piece) => start.After(
        start.X.Add(Emit(integrals[0])), integrals[1].mv(Amplitude.mul(SquaredNorm)), kineticEnergy, piece);
}
