using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>A pair potential between two knots as a field: dx/dt = ∇φ, with the integrals of ∇²φ and, where it is wanted, of
/// |∇φ|².</summary>
/// <param name="shape">Sizes.</param>
/// <param name="terms">Coefficients of φ at the start and at the end of the piece, one row each.</param>
/// <param name="piece">The stretch of time.</param>
/// <param name="withKineticEnergy">Whether |∇φ|² is wanted.</param>
internal sealed class ParticleField(ParticleShape shape, Tensor terms, TimeGrid piece, bool withKineticEnergy) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => [terms];

    /// <summary>The coefficients at a part of the way from start to end.</summary>
    public static Tensor Between(Tensor terms, double fraction) => terms[0].Mul(1 - fraction).Add(terms[1], alpha: fraction);

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var moment = Between(terms, (time - piece.Start) / (piece.End - piece.Start));
        var stage = new ParticleStage(new(shape, x), moment, shape.ToColumns(x));
        var gradient = shape.ToPoints(stage.Velocity());
        IReadOnlyList<Tensor> integrands = withKineticEnergy ? [stage.Laplacian(), gradient.Square().sum([1L])] : [stage.Laplacian()];
        return new FieldState(gradient, integrands).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x)
    {
        Tensor Zeros() => zeros(x.shape[0], dtype: x.dtype, device: x.device);
        return new(x, withKineticEnergy ? [Zeros(), Zeros()] : [Zeros()]);
    }

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate)
    {
        var own = separate(kept[0]);
        return (new ParticleField(shape, own, piece, withKineticEnergy), [own]);
    }

    /// <summary>The solve whose reverse pass is derived by hand.</summary>
    internal override FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute) =>
        withKineticEnergy ? null : ParticleFunction.Integrate(shape, tableau, piece, x, terms).State;
}
