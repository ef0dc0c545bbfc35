using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>What a stage knows of its points, and what the sums around each particle give back to the pairs.</summary>
/// <remarks>With R = v̄·∇φ + l̄ ∇²φ, what is given back are derivatives of R.</remarks>
internal sealed class LaneScene<S, T, V>(LanePairs pairs)
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    public LanePairs Pairs { get; } = pairs;

    /// <summary>rᵢ - rⱼ, [P, D].</summary>
    public LaneArray<S, T, V> Displacements { get; } = new(pairs.Count * pairs.Coordinates);

    /// <summary>v̄ᵢ - v̄ⱼ, [P, D].</summary>
    public LaneArray<S, T, V> Differences { get; } = new(pairs.Count * pairs.Coordinates);

    /// <summary>d², [P].</summary>
    public LaneArray<S, T, V> Squares { get; } = new(pairs.Count);

    /// <summary>(rᵢ - rⱼ)·(v̄ᵢ - v̄ⱼ), [P].</summary>
    public LaneArray<S, T, V> Products { get; } = new(pairs.Count);

    /// <summary>Gaussians of the pairs.</summary>
    public LaneBasis<S, T, V> Basis { get; } = new(pairs);

    /// <summary>cᵢₘ = Σⱼ bₘ(d_ij), [n, M].</summary>
    public LaneArray<S, T, V> Counts { get; } = new(pairs.Particles * pairs.Shape.Channels);

    /// <summary>The same of 𝒟bₘ (rᵢ - rⱼ)·(v̄ᵢ - v̄ⱼ) + 2 l̄ (D 𝒟bₘ + d² 𝒟²bₘ), [n, M].</summary>
    public LaneArray<S, T, V> Driven { get; } = new(pairs.Particles * pairs.Shape.Channels);

    /// <summary>∂R/∂<see cref="Driven"/>, which is ∂φ/∂<see cref="Counts"/>, [n, M].</summary>
    public LaneArray<S, T, V> Felt { get; } = new(pairs.Particles * pairs.Shape.Channels);

    /// <summary>∂R/∂<see cref="Counts"/>, [n, M].</summary>
    public LaneArray<S, T, V> Returned { get; } = new(pairs.Particles * pairs.Shape.Channels);

    /// <summary>∂R/∂𝒟bₘ through squares of gradients, [P, M].</summary>
    public LaneArray<S, T, V> BySlopes { get; } = new(pairs.Count * pairs.Shape.Channels);

    /// <summary>What squares of gradients move along the displacement, as a multiple of it, [P].</summary>
    public LaneArray<S, T, V> Along { get; } = new(pairs.Count);

    /// <summary>What they move besides, [P, D].</summary>
    public LaneArray<S, T, V> Besides { get; } = new(pairs.Count * pairs.Coordinates);
}
