using System.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Torch.Energies.Exact;

/// <summary>Every configuration of a few spins with any couplings: ln Z = ln Σ_s exp(½ sᵀKs).</summary>
internal static class CouplingEnumeration
{
    /// <summary>ln Z of the spins, in nats.</summary>
    /// <param name="coupling">K, shape [N, N] with N ≤ 24, float64, symmetric with a zero diagonal.</param>
    public static double LogPartition(Tensor coupling)
    {
        var count = (int)coupling.shape[0];
        TensorChecks.RequireOption(count, 1, IsingEnumeration.MaxSites, nameof(coupling));
        var entries = coupling.data<double>().ToArray();
        // ½ sᵀKs with all spins up; Z counts each state relative to the largest exponent seen so far.
        var exponent = 0.5 * entries.Sum();
        var (largest, sum) = (exponent, 1.0);
        var spins = Enumerable.Repeat(1, count).ToArray();
        for (var step = 1L; step < 1L << count; step++)
        {
            // Gray-code order: one spin flips from one state to the next.
            var flipped = BitOperations.TrailingZeroCount(step);
            var field = 0.0;
            for (var other = 0; other < count; other++)
            {
                field += entries[(flipped * count) + other] * spins[other];
            }

            exponent -= 2 * spins[flipped] * field;
            spins[flipped] = -spins[flipped];
            (largest, sum) = exponent > largest
                ? (exponent, 1 + (sum * Math.Exp(largest - exponent)))
                : (largest, sum + Math.Exp(exponent - largest));
        }

        return largest + Math.Log(sum);
    }
}
