using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>One variational training from its first step, or from its checkpoint, to its end.</summary>
internal sealed class VariationalTrainingRun : IDisposable
{
    private readonly MongeAmpereFlow flow;
    private readonly Energy energy;
    private readonly VariationalTrainerOptions options;
    private readonly IProgress<VariationalProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly DepthGuard guard;
    private readonly VariationalLoss variational;
    private readonly TrainingSession session;
    private readonly TrainingState state;

    public VariationalTrainingRun(
        MongeAmpereFlow flow, Energy energy, VariationalTrainerOptions options, IProgress<VariationalProgress>? progress, CancellationToken cancellation)
    {
        (this.flow, this.energy, this.options, this.progress, this.cancellation) = (flow, energy, options, progress, cancellation);
        guard = new DepthGuard(flow, energy, options.DepthTolerance, options.DepthTolerancePerCoordinate, options.MaxDepth);
        variational = new VariationalLoss(flow, energy, options);
        state = new TrainingState(flow.NamedParameters(), options.Shared, flow.Potential.GetType().Name, Task(energy, options));
        session = new TrainingSession(state, options.Shared, flow.Dimension);
        if (!session.IsResumed)
        {
            state.Counters = state.Counters with { Depth = flow.Options.Depth };
        }
        else if (state.Counters.Depth < 1 || state.Counters.Depth > Math.Max(options.MaxDepth, flow.Options.Depth))
        {
            session.Dispose();
            throw new FormatException($"Expected a depth from 1 to {Math.Max(options.MaxDepth, flow.Options.Depth)} in the checkpoint, got {state.Counters.Depth}; give the MaxDepth it was written with, or remove the file to start afresh.");
        }

        session.MarkGood();
    }

    private double Progress => session.Progress(options.Steps);

    public VariationalReport ToEnd()
    {
        try
        {
            var reason = StopReason.Completed;
            while (state.Adam.Steps < options.Steps)
            {
                if (session.TimeIsUp)
                {
                    reason = StopReason.TimeLimit;
                    break;
                }

                if (!RunStep())
                {
                    reason = StopReason.Diverged;
                    break;
                }
            }

            WeightAverage.Copy(state.Average.Values, state.Parameters);
            // Other samples than any that were trained on or that chose the depth.
            using var generator = new Generator(options.Seed ^ 0x66696E616CUL);
            var final = guard.Measure(options.FinalSamples, state.Counters.Depth, generator, cancellation);
            session.DeleteCheckpoint();
            return new(
                state.Counters.Curve, final.IsConverged ? final : null, final.Depth, state.Adam.Steps,
                [.. state.Counters.Remarks, .. state.Counters.DepthRemarks], reason, TimeSpan.FromSeconds(session.Elapsed));
        }
        catch
        {
            // Cancelled, or a callback threw: the flow stays usable.
            WeightAverage.Copy(state.Average.Values, state.Parameters);
            throw;
        }
    }

    public void Dispose() => session.Dispose();

    /// <summary>One optimiser step, and the measurement that may be due after it.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunStep()
    {
        if (cancellation.IsCancellationRequested)
        {
            session.WriteCheckpoint();
            cancellation.ThrowIfCancellationRequested();
        }

        using var scope = NewDisposeScope();
        var (share, step) = (Progress, state.Adam.Steps + 1);
        var (rate, beta) = (session.Rate(share), options.InverseTemperature(share));
        var (dtype, device) = flow.Placement();
        // Drawn at once, so that many small batches see the samples of one large batch.
        var latents = StandardNormal.Sample((long)options.BatchSize * options.AccumulateBatches, flow.Dimension, state.Generator, dtype, device);
        var seed = NextSeed();
        var values = new List<Tensor>();
        var (loss, norm) = session.Descend(
            latents.split(options.BatchSize).Select((batch, index) => new Func<(Tensor, Tensor)>(() =>
            {
                var (objective, free) = variational.Of(batch, state.Counters.Depth, beta, seed + (ulong)index);
                values.Add(free.MoveToOuterDisposeScope());
                return (objective.Div(options.AccumulateBatches), free.mean().Div(options.AccumulateBatches));
            })),
            rate);
        var deviation = cat(values).to(float64).std().item<double>();
        // While β rises the loss changes by itself, so only its being finite is checked.
        if ((beta < 1 && double.IsFinite(loss) && double.IsFinite(norm) ? null : session.Trouble(loss, norm)) is { } trouble)
        {
            var goesOn = session.Recover(FormattableString.Invariant($"Step {step}: {trouble}"));
            Report(loss, deviation, beta, rate, norm, measured: false);
            return goesOn;
        }

        var due = state.Adam.Steps % options.MeasureEverySteps == 0 || state.Adam.Steps == options.Steps;
        if (due)
        {
            Measure();
        }

        Report(loss, deviation, beta, rate, norm, due);
        return true;
    }

    private ulong NextSeed()
    {
        using var seed = randint(0, long.MaxValue, [1], dtype: int64, generator: state.Generator);
        return (ulong)seed.item<long>();
    }

    private static string Task(Energy energy, VariationalTrainerOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{energy.GetType().Name} in {options.AccumulateBatches} batches of {options.BatchSize}, {(options.PathGradient ? "path gradient" : "reparameterised")}, force weight {options.ForceMatchingWeight}");

    private void Measure()
    {
        var counters = state.Counters;
        // A generator of its own, so that what is measured does not change what is trained.
        using var generator = new Generator(options.Seed ^ ((ulong)state.Adam.Steps << 20));
        var measurement = state.Average.While(() => guard.Measure(options.MeasureSamples, counters.Depth, generator, cancellation));
        counters = counters with { Curve = [.. counters.Curve, new(state.Adam.Steps, measurement, session.Elapsed)] };
        if (measurement.Depth > counters.Depth)
        {
            var remark = FormattableString.Invariant($"Step {state.Adam.Steps}: depth {counters.Depth} had not converged; refined to {measurement.Depth}, where the check is {measurement.DepthCheckPerCoordinate:G2} nats per coordinate.");
            counters = counters with { Depth = measurement.Depth, DepthRemarks = [.. counters.DepthRemarks, remark] };
            session.RestartGuard();
        }

        state.Counters = counters;
        session.WriteCheckpoint();
        session.MarkGood();
    }

    private void Report(double loss, double deviation, double beta, double rate, double norm, bool measured)
    {
        var counters = state.Counters;
        var (elapsed, share) = (session.Elapsed, Math.Clamp(Progress, 1e-9, 1));
        progress?.Report(new(
            state.Adam.Steps, options.Steps, loss, deviation, beta, rate, norm, counters.Depth, counters.Curve is [.., var last] ? last : null, measured,
            TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(Math.Min(elapsed * (1 - share) / share, 1e9)), [.. counters.Remarks, .. counters.DepthRemarks]));
    }
}
