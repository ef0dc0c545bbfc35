using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Measures the variational free energy at a depth d that 2d confirms, doubling d until it does.</summary>
/// <param name="flow">What is measured.</param>
/// <param name="energy">Target.</param>
/// <param name="tolerance">Largest |F(2d) - F(d)| as a share of F's standard error.</param>
/// <param name="tolerancePerCoordinate">Largest |F(2d) - F(d)| / N in nats, whatever the error: wide errors would hide a coarse integrator.</param>
/// <param name="maxDepth">Largest d.</param>
internal sealed class DepthGuard(MongeAmpereFlow flow, Energy energy, double tolerance, double tolerancePerCoordinate, int maxDepth)
{
    private const long RowsAtOnce = 64;

    /// <summary>Measures on fresh samples; both depths see the same latent codes.</summary>
    public FreeEnergyMeasurement Measure(long samples, int depth, Generator generator, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (dtype, device) = flow.Placement();
        var latents = StandardNormal.Sample(samples, flow.Dimension, generator, dtype, device);
        var coarse = Values(latents, depth, cancellation);
        while (true)
        {
            var fine = Values(latents, 2 * depth, cancellation);
            var (mean, deviation) = (coarse.mean().item<double>(), coarse.std().item<double>());
            var check = fine.sub(coarse).mean().item<double>();
            var error = deviation / Math.Sqrt(samples);
            // A flow that has reached its target has no spread left; rounding then decides.
            var allowed = Math.Min(tolerance * error, tolerancePerCoordinate * flow.Dimension);
            var converged = Math.Abs(check) <= allowed + (1e-6 * Math.Max(1, Math.Abs(mean)));
            // Where neither depth gives a number, something else than the integrator is at fault.
            var isHopeless = !double.IsFinite(mean) && !double.IsFinite(fine.mean().item<double>());
            if (converged || isHopeless || 2L * depth > maxDepth)
            {
                return new(mean, error, deviation, samples, depth, check, converged, flow.Dimension);
            }

            (coarse, depth) = (fine, 2 * depth);
        }
    }

    private Tensor Values(Tensor latents, int depth, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var parts = new List<Tensor>();
        foreach (var rows in latents.split(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var state = flow.Decode(rows, depth);
            parts.Add(state.LogProb.Add(energy.Value(state.X)).to(float64).cpu().MoveToOuterDisposeScope());
        }

        return cat(parts).MoveToOuterDisposeScope();
    }
}
