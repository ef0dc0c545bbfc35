using System.Runtime.CompilerServices;
using MAFlow.Scoring.Numerics;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>e^{-q²/2} of each lane.</summary>
internal static class LaneGaussian<S, T, V>
    where S : struct, ISimd<T, V>
    where T : unmanaged
    where V : struct
{
    // Far below rounding, yet so large that no product of a few of them is subnormal: those take a hundred times as long.
    private static double Lowest => typeof(T) == typeof(float) ? 36 : 200;

    /// <summary>e^{-s/2} of s = q².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V OfSquare(V square) =>
        Exponential<S, T, V>.Power(S.Clamp(S.Multiply(S.Constant(-0.5), square), S.Constant(Lowest)));
}
