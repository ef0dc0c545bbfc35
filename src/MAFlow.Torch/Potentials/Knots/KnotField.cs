using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Knots;

/// <summary>A potential between two knots as a field: dx/dt = ∇φ, with the integrals of ∇²φ and, where it is wanted, of |∇φ|².</summary>
/// <param name="potential">φ.</param>
/// <param name="terms">Tensors of φ between the knots.</param>
/// <param name="piece">The stretch of time.</param>
/// <param name="withKineticEnergy">Whether |∇φ|² is wanted.</param>
internal sealed class KnotField(KnotPotential potential, IReadOnlyList<Tensor> terms, TimeGrid piece, bool withKineticEnergy) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => terms;

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        using var stages = potential.Stages(terms, x);
        var (velocity, laplacian) = stages.At((time - piece.Start) / (piece.End - piece.Start), potential.ToColumns(x));
        var (gradient, divergence) = (potential.ToPoints(velocity), potential.PerRow(laplacian));
        IReadOnlyList<Tensor> integrands = withKineticEnergy ? [divergence, gradient.Square().sum([1L])] : [divergence];
        return new FieldState(gradient, integrands).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        Tensor Zeros() => zeros(x.shape[0], dtype: x.dtype, device: x.device);
        return new(x, withKineticEnergy ? [Zeros(), Zeros()] : [Zeros()]);
    }

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate)
    {
        Tensor[] own = [.. kept.Select(separate)];
        return (new KnotField(potential, own, piece, withKineticEnergy), own);
    }

    /// <summary>The solve whose reverse pass is derived by hand.</summary>
    internal override FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute) =>
        withKineticEnergy ? null : KnotFunction.Integrate(potential, tableau, piece, x, terms).State;
}
