using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>φ = Σ_{i&lt;j} u(d_ij) + ½ κ Σ |r_i - r̄|² at one moment and some points, by operations that autograd differentiates.</summary>
internal sealed class ParticleStage
{
    private readonly ParticlePlaces _places;
    private readonly Tensor _strength;
    private readonly Tensor? _confinement;
    private readonly Tensor _centred;
    private readonly Tensor _displacements;
    private readonly Tensor _squares;
    private readonly RadialGaussians _gaussians;
    private readonly Tensor[] _radial;

    /// <param name="places">Pairs.</param>
    /// <param name="terms">a, and κ where there is no box, shape [K + 1] or [K].</param>
    /// <param name="x">Points, shape [D, n, B].</param>
    /// <param name="derivatives">2 for velocity and Laplacian, 3 for <see cref="Reverse"/> as well.</param>
    public ParticleStage(ParticlePlaces places, Tensor terms, Tensor x, int derivatives = 2)
    {
        var shape = places.Shape;
        _places = places;
        _strength = terms.narrow(0, 0, shape.Gaussians);
        _confinement = shape.Box is null ? terms[shape.Gaussians] : null;
        _centred = Centred(x);
        _displacements = places.Displacements(x);
        _squares = _displacements.Square().sum([0L]);
        _gaussians = new(places, _squares, derivatives);
        _radial = _gaussians.Of(_strength);
    }

    private ParticleShape Shape => _places.Shape;

    /// <summary>D (n - 1): the Laplacian of ½ Σ |r_i - r̄|².</summary>
    private double Free => Shape.Coordinates * (Shape.Particles - 1);

    /// <summary>φ, shape [B].</summary>
    public Tensor Value()
    {
        var value = _radial[0].sum([0L]);
        return _confinement is null ? value : value.Add(_centred.Square().sum([0L, 1L]).mul(_confinement), alpha: 0.5);
    }

    /// <summary>∇φ, shape [D, n, B].</summary>
    public Tensor Velocity()
    {
        var velocity = _places.Sums(_displacements.mul(_radial[1]));
        return _confinement is null ? velocity : velocity.Add(_centred.mul(_confinement));
    }

    /// <summary>∇²φ, shape [B]. Both particles of a pair have the same.</summary>
    public Tensor Laplacian()
    {
        var laplacian = _radial[1].Mul(Shape.Coordinates).Add(_squares.mul(_radial[2])).sum([0L]).Mul(2);
        return _confinement is null ? laplacian : laplacian.Add(_confinement.Mul(Free));
    }

    /// <summary>∂/∂x (v̄·∇φ + l̄ ∇²φ), shape [D, n, B].</summary>
    /// <param name="cotangent">v̄, shape [D, n, B].</param>
    /// <param name="laplacian">l̄, shape [B]; null for zero.</param>
    public Tensor Reverse(Tensor cotangent, Tensor? laplacian)
    {
        var differences = _places.Differences(cotangent);
        var along = _radial[2].mul(Along(differences));
        if (laplacian is not null)
        {
            along = along.Add(_radial[2].Mul(Shape.Coordinates + 2).Add(_squares.mul(_radial[3])).mul(laplacian), alpha: 2);
        }

        var result = _places.Sums(differences.mul(_radial[1]).Add(_displacements.mul(along)));
        return _confinement is null ? result : result.Add(Centred(cotangent).mul(_confinement));
    }

    /// <summary>∂/∂(a, κ) of the same, shape [K + 1] or [K].</summary>
    public Tensor ByTerms(Tensor cotangent, Tensor? laplacian)
    {
        var along = Along(_places.Differences(cotangent));
        var strength = laplacian is null
            ? _gaussians.ByStrength(along, null)
            : _gaussians.ByStrength(along.Add(laplacian, alpha: 2.0 * Shape.Coordinates), _squares.mul(laplacian).Mul(2));
        if (_confinement is null)
        {
            return strength;
        }

        var confinement = _centred.mul(cotangent).sum();
        return cat([strength, (laplacian is null ? confinement : confinement.Add(laplacian.sum(), alpha: Free)).unsqueeze(0)]);
    }

    /// <summary>(r_i - r_j)·(v̄_i - v̄_j), shape [P, B].</summary>
    private Tensor Along(Tensor differences) => _displacements.mul(differences).sum([0L]);

    private static Tensor Centred(Tensor vectors) => vectors.sub(vectors.mean([1L], keepdim: true));
}
