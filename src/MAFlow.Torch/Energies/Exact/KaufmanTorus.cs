namespace MAFlow.Torch.Energies.Exact;

/// <summary>The exact partition function of the Ising model on an n x m torus.</summary>
/// <remarks>
/// Z = ½ (2 sinh 2K)^{nm/2} [Π 2cosh(mγ_{2q+1}/2) + Π 2sinh(mγ_{2q+1}/2) + Π 2cosh(mγ_{2q}/2) + Π 2sinh(mγ_{2q}/2)], q = 0 … n-1, K = 1/T,
/// with sinh²(γ_l/2) = (1-s)²/2s + sin²(πl/2n) for s = sinh 2K, and γ₀ = 2K + ln tanh K, which is negative above the critical temperature.
/// Kaufman, Physical Review 76, 1232 (1949).
/// </remarks>
internal static class KaufmanTorus
{
    /// <summary>
    /// Smallest temperature of an Ising model: one millionth of the coupling, where e^{1/T} has long left the range of the numbers.
    /// </summary>
    public const double MinTemperature = 1e-6;

    /// <summary>2K beyond which e^{-2K} is below the precision of the numbers.</summary>
    private const double Cold = 40;

    /// <summary>ln Z of n x m spins with unit coupling; an axis of length 2 has double bonds.</summary>
    /// <param name="rows">n, at least 2.</param>
    /// <param name="columns">m, at least 2.</param>
    /// <param name="temperature">T in units of the coupling, at least 1e-6.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double LogPartition(int rows, int columns, double temperature)
    {
        TensorChecks.RequireAtLeast(rows, 2);
        TensorChecks.RequireAtLeast(columns, 2);
        TensorChecks.RequireAtLeast(temperature, MinTemperature);
        var coupling = 1 / temperature;
        var (oddCosh, oddSinh) = Products(rows, columns, coupling, 1);
        var (evenCosh, evenSinh) = Products(rows, columns, coupling, 0);
        var largest = Math.Max(oddCosh, evenCosh);
        // γ₀ alone can be negative, so the last product carries its sign.
        var sign = Math.Sign(ZeroMode(coupling));
        var sum = Math.Exp(oddCosh - largest) + Math.Exp(oddSinh - largest)
            + Math.Exp(evenCosh - largest) + (sign * Math.Exp(evenSinh - largest));
        // ln(2 sinh 2K) without overflow.
        var logSinh = (2 * coupling) + LogOneMinusExp(4 * coupling);
        return -Math.Log(2) + (0.5 * rows * columns * logSinh) + largest + Math.Log(sum);
    }

    /// <summary>ln Π 2cosh(m|γ|/2) and ln Π 2sinh(m|γ|/2) over l = parity, parity + 2, …</summary>
    private static (double Cosh, double Sinh) Products(int rows, int columns, double coupling, int parity)
    {
        var (cosh, sinh) = (0.0, 0.0);
        for (var q = 0; q < rows; q++)
        {
            var gamma = columns * Math.Abs(Mode((2 * q) + parity, rows, coupling));
            cosh += (0.5 * gamma) + Math.Log(1 + Math.Exp(-gamma));
            sinh += (0.5 * gamma) + LogOneMinusExp(gamma);
        }

        return (cosh, sinh);
    }

    private static double Mode(int index, int rows, double coupling)
    {
        if (index == 0)
        {
            return ZeroMode(coupling);
        }

        if (2 * coupling > Cold)
        {
            // cosh γ = s + 1/s - cos θ with s = sinh 2K, which leaves the range of the numbers long after e^{-2K} has left their precision.
            return 2 * coupling;
        }

        // cosh γ - 1 = (1-s)²/s + 2 sin²(θ/2) with θ = πl/n, written so that nothing cancels near criticality.
        var s = Math.Sinh(2 * coupling);
        var sine = Math.Sin(Math.PI * index / (2.0 * rows));
        return 2 * Math.Asinh(Math.Sqrt(((1 - s) * (1 - s) / (2 * s)) + (sine * sine)));
    }

    private static double ZeroMode(double coupling) => (2 * coupling) + Math.Log(Math.Tanh(coupling));

    /// <summary>ln(1 - e^{-x}) for x ≥ 0.</summary>
    private static double LogOneMinusExp(double x) => x < 1e-5 ? Math.Log(x) - (x / 2) : Math.Log(1 - Math.Exp(-x));
}
