using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A shift and a scale of its own for each row: u = (y - μ)/σ, ln |det ∂u/∂y| = -Σ ln σ.</summary>
/// <param name="location">μ, shape [B, N]; not disposed.</param>
/// <param name="logScale">ln σ, shape [B, N]; not disposed.</param>
internal sealed class GivenAffine(Tensor location, Tensor logScale) : Bijection("given-affine", location.shape[1])
{
    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        return new Mapped(x.sub(location).mul(logScale.neg().exp()), logScale.sum([1L]).neg()).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        return new Mapped(y.mul(logScale.exp()).Add(location), logScale.sum([1L])).MoveToOuterDisposeScope();
    }

    internal override Bijection OfRows(Tensor rows) =>
        new GivenAffine(location.index_select(0, rows), logScale.index_select(0, rows));
}
