using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>φ = Σ_{i&lt;j} u(d_ij) + ½ Σ cᵢᵀ W cᵢ + ½ κ Σ |rᵢ - r̄|² at one moment and some points, by operations that autograd
/// differentiates.</summary>
internal sealed class ParticleStage
{
    private readonly ParticlePlaces _places;
    private readonly Tensor _strength;
    private readonly Tensor? _coupling;
    private readonly Tensor? _confinement;
    private readonly Tensor _x;
    private readonly Tensor _centred;
    private readonly Tensor _displacements;
    private readonly Tensor _squares;
    private readonly RadialGaussians _gaussians;
    private readonly Tensor[] _radial;
    private readonly ParticleTriples? _triples;

    /// <param name="places">Pairs.</param>
    /// <param name="terms">a [K], W [M M], and κ where there is no box, one after the other.</param>
    /// <param name="x">Points, shape [D, n, B].</param>
    /// <param name="derivatives">2 for velocity and Laplacian, 3 for <see cref="Reverse"/> as well.</param>
    public ParticleStage(ParticlePlaces places, Tensor terms, Tensor x, int derivatives = 2)
    {
        var shape = places.Shape;
        (_places, _x) = (places, x);
        _strength = terms.narrow(0, 0, shape.Gaussians);
        var couplings = (long)shape.Channels * shape.Channels;
        _coupling = shape.Channels == 0 ? null : terms.narrow(0, shape.Gaussians, couplings);
        _confinement = shape.Box is null ? terms[shape.Gaussians + couplings] : null;
        _centred = Centred(x);
        _displacements = places.Displacements(x);
        _squares = _displacements.Square().sum([0L]);
        _gaussians = new(places, _squares, shape.Gaussians, derivatives);
        _radial = _gaussians.Of(_strength);
        _triples = _coupling is null ? null : new(places, _coupling, _displacements, _squares);
    }

    private ParticleShape Shape => _places.Shape;

    /// <summary>D (n - 1): the Laplacian of ½ Σ |r_i - r̄|².</summary>
    private double Free => Shape.Coordinates * (Shape.Particles - 1);

    /// <summary>φ, shape [B].</summary>
    public Tensor Value()
    {
        var value = _radial[0].sum([0L]);
        value = _triples is null ? value : value.Add(_triples.Value());
        return _confinement is null ? value : value.Add(_centred.Square().sum([0L, 1L]).mul(_confinement), alpha: 0.5);
    }

    /// <summary>∇φ, shape [D, n, B].</summary>
    public Tensor Velocity()
    {
        var slope = _triples is null ? _radial[1] : _radial[1].Add(_triples.Slope());
        var velocity = _places.Sums(_displacements.mul(slope));
        return _confinement is null ? velocity : velocity.Add(_centred.mul(_confinement));
    }

    /// <summary>∇²φ, shape [B]. Both particles of a pair have the same.</summary>
    public Tensor Laplacian()
    {
        var laplacian = _radial[1].Mul(Shape.Coordinates).Add(_squares.mul(_radial[2])).sum([0L]).Mul(2);
        laplacian = _triples is null ? laplacian : laplacian.Add(_triples.Laplacian());
        return _confinement is null ? laplacian : laplacian.Add(_confinement.Mul(Free));
    }

    /// <summary>Derivatives of v̄·∇φ + l̄ ∇²φ by the points, shape [D, n, B], and by the terms.</summary>
    /// <param name="cotangent">v̄, shape [D, n, B].</param>
    /// <param name="laplacian">l̄, shape [B]; null for zero.</param>
    /// <param name="withTerms">Whether the second are wanted.</param>
    public (Tensor ByPoint, Tensor? ByTerms) Reverse(Tensor cotangent, Tensor? laplacian, bool withTerms)
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
        List<Tensor> byTerms = [];
        if (withTerms)
        {
            byTerms.Add(laplacian is null
                ? _gaussians.ByStrength(product, null)
                : _gaussians.ByStrength(product.Add(laplacian, alpha: 2.0 * Shape.Coordinates), _squares.mul(laplacian).Mul(2)));
        }

        if (_coupling is not null)
        {
            var (point, coupling) = ParticleTriples.Reverse(_places, _coupling, _x, cotangent, laplacian);
            byPoint = byPoint.Add(point);
            byTerms.Add(coupling);
        }

        if (!withTerms)
        {
            return (byPoint, null);
        }

        if (_confinement is not null)
        {
            var confinement = _centred.mul(cotangent).sum();
            byTerms.Add((laplacian is null ? confinement : confinement.Add(laplacian.sum(), alpha: Free)).unsqueeze(0));
        }

        return (byPoint, cat(byTerms));
    }

    private static Tensor Centred(Tensor vectors) => vectors.sub(vectors.mean([1L], keepdim: true));
}
