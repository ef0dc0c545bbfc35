using System.Runtime.CompilerServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Each Gaussian bₘ(d) = w e^{-q²/2} of each pair, with q = ρ/w - m and ρ = √(d² + w²), and its derivatives by
/// 𝒟 = (1/d) d/dd.</summary>
internal sealed class LaneBasis<S, T, V>(LanePairs pairs)
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    private readonly double _width = pairs.Width(pairs.Shape.Channels);

    /// <summary>b, 𝒟b, 𝒟²b and 𝒟³b, [P, M] each.</summary>
    public LaneArray<S, T, V>[] Orders { get; } =
        [.. Enumerable.Range(0, 4).Select(_ => new LaneArray<S, T, V>(pairs.Count * pairs.Shape.Channels))];

    /// <summary>Evaluates a pair.</summary>
    /// <param name="pair">Its number.</param>
    /// <param name="square">d².</param>
    /// <param name="third">Whether 𝒟³b is wanted.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Evaluate(int pair, V square, bool third)
    {
        var channels = pairs.Shape.Channels;
        var one = S.Constant(1);
        var radius = S.SquareRoot(S.Add(square, S.Constant(_width * _width)));
        var inverse = S.Divide(one, radius);
        var perSquare = S.Multiply(inverse, inverse);
        V q = S.Multiply(radius, S.Constant(1 / _width)), width = S.Constant(_width),
            perWidth = S.Constant(1 / _width), perArea = S.Multiply(inverse, S.Constant(1 / (_width * _width)));
        var start = pair * (nint)channels * S.Count;
        ref var values = ref Unsafe.Add(ref Orders[0].First, start);
        ref var firsts = ref Unsafe.Add(ref Orders[1].First, start);
        ref var seconds = ref Unsafe.Add(ref Orders[2].First, start);
        ref var thirds = ref Unsafe.Add(ref Orders[3].First, start);
        for (nint place = 0, end = channels * S.Count; place < end; place += S.Count, q = S.Subtract(q, one))
        {
            var square2 = S.Multiply(q, q);
            var gaussian = LaneGaussian<S, T, V>.OfSquare(square2);
            var first = S.Subtract(S.Constant(0), S.Multiply(S.Multiply(q, gaussian), inverse));
            var second = S.Multiply(
                S.Subtract(S.Multiply(S.Subtract(square2, one), S.Multiply(gaussian, perWidth)), first), perSquare);
            S.Store(S.Multiply(width, gaussian), ref values, place);
            S.Store(first, ref firsts, place);
            S.Store(second, ref seconds, place);
            if (third)
            {
                var own = S.Multiply(S.Multiply(S.Subtract(S.Constant(3), square2), q), S.Multiply(gaussian, perArea));
                S.Store(S.Multiply(S.MultiplyAdd(S.Constant(-3), second, own), perSquare), ref thirds, place);
            }
        }
    }
}
