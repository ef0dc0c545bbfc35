using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>A function of the sums cᵢ around the particles, as a stage sees it.</summary>
internal abstract class LaneOuter<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    /// <summary>Begins a solve.</summary>
    /// <param name="constants">Numbers that do not depend on time.</param>
    public abstract void Begin(ReadOnlySpan<T> constants);

    /// <summary>Sets the sums of the derivatives by the constants to zero.</summary>
    public abstract void Clear();

    /// <summary>Fills in what the function gives back.</summary>
    /// <param name="scene">The points.</param>
    /// <param name="coefficients">Those of this moment.</param>
    /// <param name="laplacian">l̄.</param>
    /// <param name="task">What is wanted.</param>
    /// <param name="byTerms">Receives sums of derivatives by the coefficients.</param>
    /// <returns>The part of ∇²φ that squares of gradients have.</returns>
    public abstract V Evaluate(
        LaneScene<S, T, V> scene, ReadOnlySpan<T> coefficients, V laplacian, LaneTask task, LaneArray<S, T, V> byTerms);

    /// <summary>The sums of the derivatives by the constants.</summary>
    public abstract IReadOnlyList<LaneArray<S, T, V>> ByConstants { get; }
}
