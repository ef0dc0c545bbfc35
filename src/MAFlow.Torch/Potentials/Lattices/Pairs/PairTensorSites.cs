using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Lattices.Pairs;

/// <summary>The sites by tensor operations, which autograd differentiates and any device runs.</summary>
internal sealed class PairTensorSites : PairSites
{
    private readonly PairShape _shape;
    private readonly PairWeights _weights;
    private readonly Tensor _fields;
    private readonly Tensor _t;
    private readonly Tensor _u;

    public PairTensorSites(PairShape shape, Tensor fields, PairWeights weights)
    {
        (_shape, _fields, _weights) = (shape, fields, weights);
        _t = fields.unsqueeze(2).mul(weights.Sharpness).tanh();
        _u = _t.Square().neg().Add(1);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Values => Join(_t, Even(_t).Square());

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Slopes => Join(_u, Even(_t).mul(Even(_u)));

    /// <inheritdoc/>
    public override (Tensor Force, Tensor Bend) Pull(IReadOnlyList<Tensor> sources)
    {
        var (odd, even) = Split(sources);
        var pull = Pull(odd, even);
        return (
            pull.mul(_weights.Sharpness).sum([2L]), Bend(pull, even).mul(_weights.Curvature.unsqueeze(-1)).sum([0L, 1L]));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Cotangents(Tensor seen, Tensor? laplacian)
    {
        var g = seen.unsqueeze(2).mul(_weights.Sharpness);
        var m = laplacian is null ? null : _weights.Curvature.unsqueeze(-1).mul(laplacian);
        var odd = (m is null ? g : g.sub(_t.mul(m).Mul(2))).mul(_u);
        // 2u (tg + m(1 - 3t²)) is 2t times the odd one, plus 2u²m.
        var even = Even(odd).mul(Even(_t));
        return Join(odd, (m is null ? even : even.Add(Even(_u).Square().mul(Even(m)))).Mul(2));
    }

    /// <inheritdoc/>
    public override PairSiteGradients Gradients(
        Tensor seen, Tensor? laplacian, IReadOnlyList<Tensor> sources, IReadOnlyList<Tensor> returned, IReadOnlyList<Tensor> spread)
    {
        var ((odd, even), (x, xe), (t, te, ue)) = (Split(sources), Split(returned), (_t, Even(_t), Even(_u)));
        var g = seen.unsqueeze(2).mul(_weights.Sharpness);
        var b = te.Square().Mul(-3).Add(1);
        var slope = x.mul(_u).sub(t.mul(g).mul(_u).mul(odd).Mul(2));
        var evenSlope = te.mul(xe).Mul(2).Add(Even(g).mul(even).mul(b).Mul(2));
        if (laplacian is not null)
        {
            var m = _weights.Curvature.unsqueeze(-1).mul(laplacian);
            var (d, de) = Split([.. spread.Select(block => block.mul(laplacian).Mul(2))]);
            slope = slope.sub(t.mul(_u).mul(d).Add(_u.sub(t.Square().Mul(2)).mul(m).mul(_u).mul(odd)).Mul(2));
            evenSlope = evenSlope.Add(b.mul(de)).sub(te.mul(b.Add(1)).mul(Even(m)).mul(even).Mul(8));
        }

        Even(slope).Add_(evenSlope.mul(ue));
        var pull = Pull(odd, even);
        var bend = Bend(pull, even);
        return new(
            slope.mul(_weights.Sharpness).sum([2L]), pull.mul(_weights.Sharpness).sum([2L]),
            bend.mul(_weights.Curvature.unsqueeze(-1)).sum([0L, 1L]),
            _fields.unsqueeze(2).mul(slope).Add(seen.unsqueeze(2).mul(pull)).sum([0L, 3L]),
            laplacian is null ? null : bend.mul(laplacian).sum([2L]));
    }

    /// <summary>∂φ/∂(ωy): u (W h + c) of the odd feature, and 2tu of the even one.</summary>
    private Tensor Pull(Tensor odd, Tensor even)
    {
        var pull = _u.mul(odd);
        Even(pull).Add_(Even(_t).mul(Even(_u)).mul(even).Mul(2));
        return pull;
    }

    /// <summary>∂²φ/∂(ωy)² at fixed sources, summed over the sites, shape [S, J, R].</summary>
    /// <remarks>-2tu and 2u(1 - 3t²) are -2t times what pulls, plus 2u² for the even feature.</remarks>
    private Tensor Bend(Tensor pull, Tensor even)
    {
        var bend = _t.mul(pull).sum([0L]).Mul(-2);
        Even(bend).Add_(Even(_u).Square().mul(even).sum([0L]).Mul(2));
        return bend;
    }

    private Tensor Even(Tensor units) => units.narrow(-2, 0, _shape.EvenUnits);

    private IReadOnlyList<Tensor> Join(Tensor odd, Tensor even)
    {
        var (first, second) = (odd.reshape(odd.shape[0], _shape.Odd, -1), even.reshape(even.shape[0], _shape.Features - _shape.Odd, -1));
        return _shape.IsSignSymmetric ? [first, second] : [cat([first, second], 1)];
    }

    private (Tensor Odd, Tensor Even) Split(IReadOnlyList<Tensor> blocks)
    {
        var (first, second) = _shape.IsSignSymmetric
            ? (blocks[0], blocks[1])
            : (blocks[0].narrow(1, 0, _shape.Odd), blocks[0].narrow(1, _shape.Odd, _shape.Features - _shape.Odd));
        return (
            first.reshape(first.shape[0], _shape.Scales, _shape.Units, -1),
            second.reshape(second.shape[0], _shape.Scales, _shape.EvenUnits, -1));
    }
}
