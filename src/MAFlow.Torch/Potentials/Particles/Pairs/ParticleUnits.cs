using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Pairs;

/// <summary>Σ_k [A_k Σᵢ f(y_ik) + A'_k f(z_k)] with f = ln cosh: units that see sums of Gaussians of the distances, around each particle
/// and over all pairs, by operations that autograd differentiates.</summary>
/// <remarks>
/// With g_k = Σₘ w_km bₘ, y_ik = Σⱼ g_k(d_ij) + o_k, z_k = Σ_{i&lt;j} g_k(d_ij) + o'_k and 𝒟 = (1/d) d/dd a pair feels the force
/// Σ_k [A_k (f'(y_ik) + f'(y_jk)) + A'_k f'(z_k)] 𝒟g_k r. ∇²φ has 2 Σ_{i&lt;j} of [D 𝒟g_k + d² 𝒟²g_k] in the place of 𝒟g_k r, and
/// Σ_k [A_k Σᵢ f''(y_ik) (|G_ik|² + Σⱼ d² (𝒟g_k)²) + A'_k f''(z_k) Σᵢ |G_ik|²] with G_ik = Σⱼ 𝒟g_k(d_ij) (rᵢ - rⱼ).
/// </remarks>
internal sealed class ParticleUnits : IParticleSums
{
    private readonly ParticlePlaces _places;
    private readonly Tensor _displacements;
    private readonly Tensor _squares;
    private readonly Tensor _local;
    private readonly Tensor _collective;
    private readonly Tensor[] _profiles;
    private readonly Tensor _around;
    private readonly Tensor _all;

    /// <param name="places">Pairs.</param>
    /// <param name="amplitudes">A, then A', shape [2K].</param>
    /// <param name="constants">w row by row, o, then o', shape [K M + 2K].</param>
    /// <param name="displacements">rᵢ - rⱼ of each pair, shape [D, P, B].</param>
    /// <param name="squares">d², shape [P, B].</param>
    public ParticleUnits(ParticlePlaces places, Tensor amplitudes, Tensor constants, Tensor displacements, Tensor squares)
    {
        var (channels, units) = (places.Shape.Channels, (long)places.Shape.Units);
        (_places, _displacements, _squares) = (places, displacements, squares);
        (_local, _collective) = (amplitudes.narrow(0, 0, units).view(-1, 1, 1), amplitudes.narrow(0, units, units).view(-1, 1));
        var weight = constants.narrow(0, 0, units * channels).view(units, channels);
        var offsets = constants.narrow(0, units * channels, 2 * units).view(2, units);
        _profiles = [.. new RadialGaussians(places, squares, channels, derivatives: 2).OfEach()
            .Select(order => weight.mm(order.reshape(channels, -1)).view(units, order.shape[1], -1))];
        _around = places.Counts(_profiles[0]).Add(offsets[0].view(-1, 1, 1));
        _all = _profiles[0].sum([1L]).Add(offsets[1].unsqueeze(1));
    }

    private static Activation Function => Activation.LogCosh;

    /// <inheritdoc/>
    public Tensor Value() => Function.Value(_around).mul(_local).sum([0L, 1L]).Add(Function.Value(_all).mul(_collective).sum([0L]));

    /// <inheritdoc/>
    public Tensor Slope() => Felt().mul(_profiles[1]).sum([0L]);

    /// <inheritdoc/>
    public Tensor Laplacian()
    {
        var own = Felt().mul(_profiles[1].Mul(_places.Shape.Coordinates).Add(_squares.mul(_profiles[2]))).sum([0L, 1L]);
        // [K, n, B].
        var gradients = _places.Sums(_profiles[1].unsqueeze(1).mul(_displacements)).Square().sum([1L]);
        var others = _places.Counts(_profiles[1].Square().mul(_squares));
        var around = Function.Second(Function.First(_around)).mul(gradients.Add(others)).mul(_local).sum([0L, 1L]);
        var all = Function.Second(Function.First(_all)).mul(gradients.sum([1L])).mul(_collective).sum([0L]);
        return own.Mul(2).Add(around).Add(all);
    }

    /// <summary>∂φ/∂g_k(d_ij), shape [K, P, B].</summary>
    private Tensor Felt() => _places.OverPairs(Function.First(_around).mul(_local))
        .Add(Function.First(_all).mul(_collective).unsqueeze(1));
}
