namespace MAFlow.Torch.Energies.Exact;

/// <summary>The Ising model on an infinite square lattice.</summary>
/// <remarks>
/// ln Z / N = ln(√2 cosh 2K) + (1/π) ∫₀^{π/2} ln(1 + √(1 - κ² sin²φ)) dφ, κ = 2 sinh 2K / cosh² 2K. Onsager, Physical Review 65, 117
/// (1944).
/// </remarks>
internal static class OnsagerLimit
{
    /// <summary>ln Z per site.</summary>
    /// <param name="temperature">T in units of the coupling, at least 1e-6.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is out of range.</exception>
    public static double LogPartitionPerSite(double temperature)
    {
        TensorChecks.RequireAtLeast(temperature, KaufmanTorus.MinTemperature);
        var coupling = 1 / temperature;
        var s = Math.Sinh(2 * coupling);
        // 1 - κ² = ((s²-1)/(s²+1))², with both parts of the fraction divided by s² so that nothing overflows or cancels.
        var r = 1 / s;
        var (gap, kappa) = ((1 - (r * r)) / (1 + (r * r)), 2 * r / (1 + (r * r)));
        var integral = TanhSinh(angle => Math.Log(1 + Math.Sqrt((gap * gap) + Math.Pow(kappa * Math.Cos(angle), 2))), Math.PI / 2);
        var logCosh = (2 * coupling) + Math.Log((1 + Math.Exp(-4 * coupling)) / 2);
        return (0.5 * Math.Log(2)) + logCosh + (integral / Math.PI);
    }

    /// <summary>∫₀^end by double exponential quadrature, which integrable end-point singularities do not disturb.</summary>
    private static double TanhSinh(Func<double, double> integrand, double end)
    {
        const double step = 1.0 / 64;
        var sum = 0.0;
        for (var k = -256; k <= 256; k++)
        {
            var t = k * step;
            var u = Math.PI / 2 * Math.Sinh(t);
            var weight = Math.PI / 2 * Math.Cosh(t) / Math.Pow(Math.Cosh(u), 2);
            if (weight > 1e-300)
            {
                sum += weight * integrand(end / (1 + Math.Exp(-2 * u)));
            }
        }

        return sum * step * end / 2;
    }
}
