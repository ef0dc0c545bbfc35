using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Measures the variational free energy at a depth d that 2d confirms, doubling d until it does.</summary>
/// <param name="flow">What is measured.</param>
/// <param name="energy">Target.</param>
/// <param name="options">Tolerances, and the largest depth.</param>
/// <param name="agreement">Of the processes that measure together.</param>
internal sealed class FreeEnergyMeter(MongeAmpereFlow flow, Energy energy, VariationalTrainerOptions options, Agreement agreement)
{
    private const long RowsAtOnce = 64;

    // A flow that has reached its target has no spread left; rounding in single precision then decides.
    private const double Rounding = 1e-6;

    /// <summary>Measures on fresh samples; all depths see the same latent codes.</summary>
    public FreeEnergyMeasurement Measure(long samples, int depth, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (dtype, device) = flow.Placement();
        var latents = StandardNormal.Sample(samples, flow.Dimension, generator, dtype, device);
        var (coarse, fine, found, isConverged) = DepthDoubling.Find(
            depth,
            options.MaxDepth,
            trial => Values(latents, trial),
            Agree,
            values => double.IsFinite(values.mean().item<double>()));
        var check = fine.sub(coarse).mean().item<double>();
        var deviation = coarse.std().item<double>();
        var (mean, error) = (coarse.mean().item<double>(), deviation / Math.Sqrt(samples));
        var weights = coarse.neg().softmax(0);
        var effective = 1 / (samples * weights.Square().sum().item<double>());
        return new(mean, error, deviation, samples, found, check, check / flow.Dimension, isConverged, effective);
    }

    private bool Agree(Tensor coarse, Tensor fine)
    {
        var error = coarse.std().item<double>() / Math.Sqrt(coarse.shape[0]);
        var allowed = Math.Min(options.DepthTolerance * error, options.DepthTolerancePerCoordinate * flow.Dimension);
        var rounding = Rounding * Math.Max(1, Math.Abs(coarse.mean().item<double>()));
        return Math.Abs(fine.sub(coarse).mean().item<double>()) <= allowed + rounding;
    }

    private Tensor Values(Tensor latents, int depth)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var values = zeros(latents.shape[0], dtype: float64);
        agreement.Together(
            cancellation =>
            {
                var at = flow.At(depth);
                var (start, count) = agreement.Collective.Share(latents.shape[0]);
                foreach (var rows in latents.narrow(0, start, count).split(RowsAtOnce))
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var part = NewDisposeScope();
                    var state = at.Decode(rows);
                    values.narrow(0, start, rows.shape[0]).copy_(state.LogProb.Add(energy.Value(state.X)));
                    start += rows.shape[0];
                }
            },
            values);
        return values.MoveToOuterDisposeScope();
    }
}
