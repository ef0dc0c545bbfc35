using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>A pair potential between two knots as a field: dx/dt = ∇φ, with the integrals of ∇²φ and, where it is wanted, of
/// |∇φ|².</summary>
/// <param name="shape">Sizes.</param>
/// <param name="terms">Tensors of φ, at the start and at the end of the piece.</param>
/// <param name="piece">The stretch of time.</param>
/// <param name="withKineticEnergy">Whether |∇φ|² is wanted.</param>
internal sealed class PairField(PairShape shape, IReadOnlyList<Tensor> terms, TimeGrid piece, bool withKineticEnergy) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => terms;

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var (moment, orbits) = (new PairTerms(shape, terms), shape.Orbits(x));
        var weights = moment.At((time - piece.Start) / (piece.End - piece.Start), orbits, moment.Filters(orbits));
        var stage = new PairStage(shape, shape.Harmonics.Like(x), weights);
        var (velocity, laplacian) = stage.At(shape.ToWaves(x));
        var gradient = shape.ToPoints(velocity);
        IReadOnlyList<Tensor> integrands = withKineticEnergy
            ? [shape.PerRow(laplacian), gradient.Square().sum([1L])]
            : [shape.PerRow(laplacian)];
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
        return (new PairField(shape, own, piece, withKineticEnergy), own);
    }

    /// <summary>The solve whose reverse pass is derived by hand.</summary>
    internal override FieldState? SolveExplicitly(ButcherTableau tableau, Tensor x, TimeGrid piece, bool recompute) =>
        withKineticEnergy ? null : PairFunction.Integrate(shape, tableau, piece, x, terms).State;
}
