using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One variational training from its first step, or from its checkpoint, to its end.</summary>
internal sealed class VariationalTrainingRun : IDisposable
{
    private readonly MongeAmpereFlow _flow;
    private readonly Energy _energy;
    private readonly VariationalTrainerOptions _options;
    private readonly IProgress<VariationalProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly DepthGuard _guard;
    private readonly VariationalLoss _variational;
    private readonly TrainingSession _session;
    private readonly TrainingState _state;

    public VariationalTrainingRun(
        MongeAmpereFlow flow, Energy energy, VariationalTrainerOptions options, IProgress<VariationalProgress>? progress, CancellationToken cancellation)
    {
        (_flow, _energy, _options, _progress, _cancellation) = (flow, energy, options, progress, cancellation);
        _guard = new DepthGuard(flow, energy, options.DepthTolerance, options.DepthTolerancePerCoordinate, options.MaxDepth);
        _variational = new VariationalLoss(flow, energy, options);
        _state = new TrainingState(flow.NamedParameters(), options.Shared, flow.Potential.GetType().Name, Task(energy, options));
        _session = new TrainingSession(_state, options.Shared, flow.Dimension);
        if (!_session.IsResumed)
        {
            _state.Counters = _state.Counters with { Depth = flow.Options.Depth };
        }
        else if (_state.Counters.Depth < 1 || _state.Counters.Depth > Math.Max(options.MaxDepth, flow.Options.Depth))
        {
            _session.Dispose();
            throw new FormatException($"Expected a depth from 1 to {Math.Max(options.MaxDepth, flow.Options.Depth)} in the checkpoint, got {_state.Counters.Depth}; give the MaxDepth it was written with, or remove the file to start afresh.");
        }

        _session.MarkGood();
    }

    private double Progress => _session.Progress(_options.Steps);

    public VariationalReport ToEnd()
    {
        try
        {
            var reason = StopReason.Completed;
            while (_state.Adam.Steps < _options.Steps)
            {
                if (_session.TimeIsUp)
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

            WeightAverage.Copy(_state.Average.Values, _state.Parameters);
            // Other samples than any that were trained on or that chose the depth.
            using var generator = new Generator(_options.Seed ^ 0x66696E616CUL);
            var final = _guard.Measure(_options.FinalSamples, _state.Counters.Depth, generator, _cancellation);
            _session.DeleteCheckpoint();
            return new(
                _state.Counters.Curve, final.IsConverged ? final : null, final.Depth, _state.Adam.Steps,
                [.. _state.Counters.Remarks, .. _state.Counters.DepthRemarks], reason, TimeSpan.FromSeconds(_session.Elapsed));
        }
        catch
        {
            // Cancelled, or a callback threw: the flow stays usable.
            WeightAverage.Copy(_state.Average.Values, _state.Parameters);
            throw;
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>One optimiser step, and the measurement that may be due after it.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunStep()
    {
        if (_cancellation.IsCancellationRequested)
        {
            _session.WriteCheckpoint();
            _cancellation.ThrowIfCancellationRequested();
        }

        using var scope = NewDisposeScope();
        var (share, step) = (Progress, _state.Adam.Steps + 1);
        var (rate, beta) = (_session.Rate(share), _options.InverseTemperature(share));
        var (dtype, device) = _flow.Placement();
        // Drawn at once, so that many small batches see the samples of one large batch.
        var latents = StandardNormal.Sample((long)_options.BatchSize * _options.AccumulateBatches, _flow.Dimension, _state.Generator, dtype, device);
        var seed = NextSeed();
        var values = new List<Tensor>();
        var (loss, norm) = _session.Descend(
            latents.split(_options.BatchSize).Select((batch, index) => new Func<(Tensor, Tensor)>(() =>
            {
                var (objective, free) = _variational.Of(batch, _state.Counters.Depth, beta, seed + (ulong)index);
                values.Add(free.MoveToOuterDisposeScope());
                return (objective.Div(_options.AccumulateBatches), free.mean().Div(_options.AccumulateBatches));
            })),
            rate);
        var deviation = cat(values).to(float64).std().item<double>();
        // While β rises the loss changes by itself, so only its being finite is checked.
        if ((beta < 1 && double.IsFinite(loss) && double.IsFinite(norm) ? null : _session.Trouble(loss, norm)) is { } trouble)
        {
            var goesOn = _session.Recover(FormattableString.Invariant($"Step {step}: {trouble}"));
            Report(loss, deviation, beta, rate, norm, measured: false);
            return goesOn;
        }

        var due = _state.Adam.Steps % _options.MeasureEverySteps == 0 || _state.Adam.Steps == _options.Steps;
        if (due)
        {
            Measure();
        }

        Report(loss, deviation, beta, rate, norm, due);
        return true;
    }

    private ulong NextSeed()
    {
        using var seed = randint(0, long.MaxValue, [1], dtype: int64, generator: _state.Generator);
        return (ulong)seed.item<long>();
    }

    private static string Task(Energy energy, VariationalTrainerOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"{energy.GetType().Name} in {options.AccumulateBatches} batches of {options.BatchSize}, {(options.PathGradient ? "path gradient" : "reparameterised")}, force weight {options.ForceMatchingWeight}");

    private void Measure()
    {
        var counters = _state.Counters;
        // A generator of its own, so that what is measured does not change what is trained.
        using var generator = new Generator(_options.Seed ^ ((ulong)_state.Adam.Steps << 20));
        var measurement = _state.Average.While(() => _guard.Measure(_options.MeasureSamples, counters.Depth, generator, _cancellation));
        counters = counters with { Curve = [.. counters.Curve, new(_state.Adam.Steps, measurement, _session.Elapsed)] };
        if (measurement.Depth > counters.Depth)
        {
            var remark = FormattableString.Invariant($"Step {_state.Adam.Steps}: depth {counters.Depth} had not converged; refined to {measurement.Depth}, where the check is {measurement.DepthCheckPerCoordinate:G2} nats per coordinate.");
            counters = counters with { Depth = measurement.Depth, DepthRemarks = [.. counters.DepthRemarks, remark] };
            _session.RestartGuard();
        }

        _state.Counters = counters;
        _session.WriteCheckpoint();
        _session.MarkGood();
    }

    private void Report(double loss, double deviation, double beta, double rate, double norm, bool measured)
    {
        var counters = _state.Counters;
        var (elapsed, share) = (_session.Elapsed, Math.Clamp(Progress, 1e-9, 1));
        _progress?.Report(new(
            _state.Adam.Steps, _options.Steps, loss, deviation, beta, rate, norm, counters.Depth, counters.Curve is [.., var last] ? last : null, measured,
            TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(Math.Min(elapsed * (1 - share) / share, 1e9)), [.. counters.Remarks, .. counters.DepthRemarks]));
    }
}
