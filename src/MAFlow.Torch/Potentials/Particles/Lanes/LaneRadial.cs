using System.Runtime.CompilerServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>u(d) = w Σ_k a_k e^{-q_k²/2} of each pair, with q_k = ρ/w - k and ρ = √(d² + w²): its derivatives by 𝒟 = (1/d) d/dd.</summary>
internal sealed class LaneRadial<S, T, V>(LanePairs pairs)
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly int _count = pairs.Shape.Gaussians;
    private readonly double _width = pairs.Width(pairs.Shape.Gaussians);
    private readonly LaneArray<S, T, V> _gaussians = new(pairs.Count * pairs.Shape.Gaussians);
    private readonly LaneArray<S, T, V> _inverse = new(pairs.Count);
    private readonly LaneArray<S, T, V> _place = new(pairs.Count);

    /// <summary>𝒟u, 𝒟²u and, where it is wanted, 𝒟³u of a pair.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="square">d².</param>
    /// <param name="strength">a.</param>
    /// <param name="third">Whether the third is wanted.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (V First, V Second, V Third) Evaluate(int pair, V square, ref T strength, bool third)
    {
        var one = S.Constant(1);
        var radius = S.SquareRoot(S.Add(square, S.Constant(_width * _width)));
        var (inverse, place) = (S.Divide(one, radius), S.Multiply(radius, S.Constant(1 / _width)));
        (_inverse[pair], _place[pair]) = (inverse, place);
        V zero = S.Constant(0), m0 = zero, m1 = zero, m2 = zero, m3 = zero, q = place;
        ref var gaussians = ref Unsafe.Add(ref _gaussians.First, pair * (nint)_count * S.Count);
        for (nint k = 0; k < _count; k++, q = S.Subtract(q, one))
        {
            var gaussian = LaneGaussian<S, T, V>.OfSquare(S.Multiply(q, q));
            S.Store(gaussian, ref gaussians, k * S.Count);
            var term = S.Multiply(S.Broadcast(Unsafe.Add(ref strength, k)), gaussian);
            m0 = S.Add(m0, term);
            term = S.Multiply(term, q);
            m1 = S.Add(m1, term);
            term = S.Multiply(term, q);
            m2 = S.Add(m2, term);
            m3 = S.MultiplyAdd(term, q, m3);
        }

        var perSquare = S.Multiply(inverse, inverse);
        var first = S.Subtract(zero, S.Multiply(m1, inverse));
        var second = S.Multiply(S.Subtract(S.Multiply(S.Subtract(m2, m0), S.Constant(1 / _width)), first), perSquare);
        if (!third)
        {
            return (first, second, zero);
        }

        var own = S.Multiply(S.Subtract(S.Multiply(S.Constant(3), m1), m3), S.Multiply(inverse, S.Constant(1 / (_width * _width))));
        return (first, second, S.Multiply(S.MultiplyAdd(S.Constant(-3), second, own), perSquare));
    }

    /// <summary>Adds ∂/∂a of A 𝒟u + B 𝒟²u of a pair that was evaluated.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="first">A.</param>
    /// <param name="second">B.</param>
    /// <param name="sums">Begins with the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddByStrength(int pair, V first, V second, LaneArray<S, T, V> sums)
    {
        var (one, q, inverse) = (S.Constant(1), _place[pair], _inverse[pair]);
        var curvature = S.Multiply(second, S.Multiply(inverse, inverse));
        var slope = S.Multiply(S.Subtract(curvature, first), inverse);
        curvature = S.Multiply(curvature, S.Constant(1 / _width));
        ref var gaussians = ref Unsafe.Add(ref _gaussians.First, pair * (nint)_count * S.Count);
        ref var totals = ref sums.First;
        for (nint k = 0; k < _count; k++, q = S.Subtract(q, one))
        {
            var factor = S.MultiplyAdd(slope, q, S.Multiply(S.Subtract(S.Multiply(q, q), one), curvature));
            S.Store(S.MultiplyAdd(S.Load(ref gaussians, k * S.Count), factor, S.Load(ref totals, k * S.Count)), ref totals, k * S.Count);
        }
    }
}
