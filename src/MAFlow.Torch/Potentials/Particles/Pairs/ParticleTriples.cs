using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>½ Σᵢ cᵢᵀ W cᵢ with cᵢₘ = Σⱼ bₘ(d_ij): two distances that share a particle act on each other, by operations that autograd
/// differentiates.</summary>
/// <remarks>
/// With y = W c and 𝒟 = (1/d) d/dd a pair feels the force Σₘ (yᵢ + yⱼ)ₘ 𝒟bₘ r, and
/// ∇²φ = 2 Σ_{i&lt;j} Σₘ (yᵢ + yⱼ)ₘ [D 𝒟bₘ + d² 𝒟²bₘ] + Σᵢ Gᵢᵀ W Gᵢ + 2 Σ_{i&lt;j} d² 𝒟bᵀ W 𝒟b with Gᵢₘ = Σⱼ 𝒟bₘ(d_ij) (rᵢ - rⱼ).
/// </remarks>
internal sealed class ParticleTriples : IParticleSums
{
    private readonly ParticlePlaces _places;
    private readonly Tensor _displacements;
    private readonly Tensor _squares;
    private readonly Tensor _coupling;
    private readonly Tensor[] _basis;
    private readonly Tensor _counts;
    private readonly Tensor _felt;

    /// <param name="places">Pairs.</param>
    /// <param name="coupling">W, shape [M M], of which the symmetric part counts.</param>
    /// <param name="displacements">rᵢ - rⱼ of each pair, shape [D, P, B].</param>
    /// <param name="squares">d², shape [P, B].</param>
    public ParticleTriples(ParticlePlaces places, Tensor coupling, Tensor displacements, Tensor squares)
    {
        var channels = places.Shape.Channels;
        (_places, _displacements, _squares) = (places, displacements, squares);
        var square = coupling.view(channels, channels);
        _coupling = square.Add(square.t()).Mul(0.5);
        _basis = new RadialGaussians(places, squares, channels, derivatives: 2).OfEach();
        _counts = places.Counts(_basis[0]);
        _felt = Couple(_counts);
    }

    /// <inheritdoc/>
    public Tensor Value() => _counts.mul(_felt).sum([0L, 1L]).Mul(0.5);

    /// <inheritdoc/>
    public Tensor Slope() => Shared().mul(_basis[1]).sum([0L]);

    /// <inheritdoc/>
    public Tensor Laplacian()
    {
        var own = Shared().mul(_basis[1].Mul(_places.Shape.Coordinates).Add(_squares.mul(_basis[2]))).sum([0L, 1L]);
        var pairs = _basis[1].mul(Couple(_basis[1])).sum([0L]).mul(_squares).sum([0L]);
        // [M, D, n, B].
        var forces = _places.Sums(_basis[1].unsqueeze(1).mul(_displacements));
        return own.Add(pairs).Mul(2).Add(forces.mul(Couple(forces)).sum([0L, 1L, 2L]));
    }

    /// <summary>yᵢ + yⱼ of each pair, shape [M, P, B].</summary>
    private Tensor Shared() => _places.OverPairs(_felt);

    private Tensor Couple(Tensor channels) => _coupling.mm(channels.reshape(channels.shape[0], -1)).view(channels.shape);
}
