using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>Points above their scores s = ∇ ln p, both as waves: dx/dt = ∇φ and ds/dt = -(∇∇φ s + ∇∇²φ), with the integral of
/// ∇²φ.</summary>
/// <remarks>The state has shape [2N, R].</remarks>
/// <param name="shape">Sizes.</param>
/// <param name="stages">φ along the piece.</param>
/// <param name="piece">The stretch of time.</param>
internal sealed class PairScoreField(PairShape shape, PairStages stages, TimeGrid piece) : Field
{
    internal override IReadOnlyList<Tensor> Parameters => [];

    /// <inheritdoc/>
    public override FieldState At(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var fraction = (time - piece.Start) / (piece.End - piece.Start);
        var (points, scores) = (x.narrow(0, 0, shape.Sites), x.narrow(0, shape.Sites, shape.Sites));
        var unit = ones(x.shape[1], dtype: x.dtype, device: x.device);
        var (change, velocity, laplacian) = stages.Along(fraction, points, scores, unit);
        return new FieldState(cat([velocity, change.neg()], 0), [laplacian]).MoveToOuterDisposeScope();
    }

    internal override FieldState Start(Tensor x) => new(x, [zeros(x.shape[1], dtype: x.dtype, device: x.device)]);

    internal override (Field Field, IReadOnlyList<Tensor> Parameters) On(IReadOnlyList<Tensor> kept, Func<Tensor, Tensor> separate) =>
        throw new NotSupportedException("A score that is carried along is not differentiated.");
}
