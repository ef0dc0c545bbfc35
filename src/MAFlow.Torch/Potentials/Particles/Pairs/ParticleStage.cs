using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>φ = Σ_{i&lt;j} u(d_ij) + ½ Σ cᵢᵀ W cᵢ + ½ κ Σ |rᵢ - r̄|², or units in the place of W, at one moment and some points, by
/// operations that autograd differentiates.</summary>
internal sealed class ParticleStage
{
    private readonly ParticlePlaces _places;
    private readonly Tensor _strength;
    private readonly Tensor? _outer;
    private readonly Tensor? _constants;
    private readonly Tensor? _confinement;
    private readonly Tensor _x;
    private readonly Tensor _centred;
    private readonly Tensor _displacements;
    private readonly Tensor _squares;
    private readonly RadialGaussians _gaussians;
    private readonly Tensor[] _radial;
    private readonly IParticleSums? _sums;

    /// <param name="places">Pairs.</param>
    /// <param name="terms">a [K], W [M M] where there are no units, κ where there is no box, and amplitudes of units, one after the
    /// other.</param>
    /// <param name="constants">Weights and offsets of units; null where there are none.</param>
    /// <param name="x">Points, shape [D, n, B].</param>
    /// <param name="derivatives">2 for velocity and Laplacian, 3 for <see cref="Reverse"/> as well.</param>
    public ParticleStage(ParticlePlaces places, Tensor terms, Tensor? constants, Tensor x, int derivatives = 2)
    {
        var shape = places.Shape;
        (_places, _x, _constants) = (places, x, constants);
        _strength = terms.narrow(0, 0, shape.Gaussians);
        var place = (long)shape.Gaussians + shape.Couplings;
        _confinement = shape.Box is null ? terms[place] : null;
        _outer = shape.Channels == 0 ? null
            : shape.Units == 0 ? terms.narrow(0, shape.Gaussians, shape.Couplings)
            : terms.narrow(0, place + (shape.Box is null ? 1 : 0), 2L * shape.Units);
        _centred = Centred(x);
        _displacements = places.Displacements(x);
        _squares = _displacements.Square().sum([0L]);
        _gaussians = new(places, _squares, shape.Gaussians, derivatives);
        _radial = _gaussians.Of(_strength);
        _sums = _outer is null ? null : Sums(places, _outer, constants, _displacements, _squares);
    }

    private ParticleShape Shape => _places.Shape;

    /// <summary>D (n - 1): the Laplacian of ½ Σ |r_i - r̄|².</summary>
    private double Free => Shape.Coordinates * (Shape.Particles - 1);

    /// <summary>φ, shape [B].</summary>
    public Tensor Value()
    {
        var value = _radial[0].sum([0L]);
        value = _sums is null ? value : value.Add(_sums.Value());
        return _confinement is null ? value : value.Add(_centred.Square().sum([0L, 1L]).mul(_confinement), alpha: 0.5);
    }

    /// <summary>∇φ, shape [D, n, B].</summary>
    public Tensor Velocity()
    {
        var slope = _sums is null ? _radial[1] : _radial[1].Add(_sums.Slope());
        var velocity = _places.Sums(_displacements.mul(slope));
        return _confinement is null ? velocity : velocity.Add(_centred.mul(_confinement));
    }

    /// <summary>∇²φ, shape [B]. Both particles of a pair have the same.</summary>
    public Tensor Laplacian()
    {
        var laplacian = _radial[1].Mul(Shape.Coordinates).Add(_squares.mul(_radial[2])).sum([0L]).Mul(2);
        laplacian = _sums is null ? laplacian : laplacian.Add(_sums.Laplacian());
        return _confinement is null ? laplacian : laplacian.Add(_confinement.Mul(Free));
    }

    /// <summary>Derivatives of v̄·∇φ + l̄ ∇²φ by the points, shape [D, n, B], and by the terms.</summary>
    /// <param name="cotangent">v̄, shape [D, n, B].</param>
    /// <param name="laplacian">l̄, shape [B]; null for zero.</param>
    /// <param name="withTerms">Whether the others are wanted.</param>
    public (Tensor ByPoint, Tensor? ByTerms, Tensor? ByConstants) Reverse(Tensor cotangent, Tensor? laplacian, bool withTerms)
    {
        var differences = _places.Differences(cotangent);
        // (rᵢ - rⱼ)·(v̄ᵢ - v̄ⱼ), shape [P, B].
        var product = _displacements.mul(differences).sum([0L]);
        var along = _radial[2].mul(product);
        if (laplacian is not null)
        {
            along = along.Add(_radial[2].Mul(Shape.Coordinates + 2).Add(_squares.mul(_radial[3])).mul(laplacian), alpha: 2);
        }

        var byPoint = _places.Sums(differences.mul(_radial[1]).Add(_displacements.mul(along)));
        byPoint = _confinement is null ? byPoint : byPoint.Add(Centred(cotangent).mul(_confinement));
        IReadOnlyList<Tensor?> bySums = _outer is null ? [] : ReverseSums(_outer, cotangent, laplacian);
        byPoint = _outer is null ? byPoint : byPoint.Add(bySums[0]!);
        if (!withTerms)
        {
            return (byPoint, null, null);
        }

        List<Tensor> byTerms =
        [
            laplacian is null
                ? _gaussians.ByStrength(product, null)
                : _gaussians.ByStrength(product.Add(laplacian, alpha: 2.0 * Shape.Coordinates), _squares.mul(laplacian).Mul(2)),
        ];
        if (_confinement is not null)
        {
            var confinement = _centred.mul(cotangent).sum();
            byTerms.Add((laplacian is null ? confinement : confinement.Add(laplacian.sum(), alpha: Free)).unsqueeze(0));
        }

        if (_outer is not null)
        {
            byTerms.Insert(Shape.Units == 0 ? 1 : byTerms.Count, bySums[1]!);
        }

        return (byPoint, cat(byTerms), _constants is null ? null : bySums[2]);
    }

    private static IParticleSums Sums(
        ParticlePlaces places, Tensor outer, Tensor? constants, Tensor displacements, Tensor squares) => constants is null
        ? new ParticleTriples(places, outer, displacements, squares)
        : new ParticleUnits(places, outer, constants, displacements, squares);

    /// <summary>Derivatives of what sums have in v̄·∇φ + l̄ ∇²φ by points and coefficients, by autograd.</summary>
    private IReadOnlyList<Tensor?> ReverseSums(Tensor outer, Tensor cotangent, Tensor? laplacian)
    {
        using var scope = NewDisposeScope();
        using var _ = GradientMode.Recording();
        List<Tensor> inputs = [.. new[] { _x, outer, _constants }.OfType<Tensor>().Select(input => input.detach().requires_grad_())];
        var displacements = _places.Displacements(inputs[0]);
        var sums = Sums(_places, inputs[1], _constants is null ? null : inputs[2], displacements, displacements.Square().sum([0L]));
        var product = _places.Sums(displacements.mul(sums.Slope())).mul(cotangent.detach()).sum();
        if (laplacian is not null)
        {
            product = product.Add(sums.Laplacian().mul(laplacian.detach()).sum());
        }

        return [.. autograd.grad([product], inputs).Select(gradient => gradient.detach().MoveToOuterDisposeScope())];
    }

    private static Tensor Centred(Tensor vectors) => vectors.sub(vectors.mean([1L], keepdim: true));
}
