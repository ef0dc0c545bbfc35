using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One training from its first step, or from its checkpoint, to its end.</summary>
internal sealed class DensityTrainingRun : IDisposable
{
    private const double ReportInterval = 0.2;
    private readonly DensityModel _model;
    private readonly Tensor _training;
    private readonly Tensor? _validation;
    private readonly IReadOnlyDictionary<string, Tensor> _monitored;
    private readonly DensityTrainerOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly Minibatches _batches;
    private readonly TrainingSession _session;
    private readonly TrainingState _state;
    private readonly DepthRefinement _refinement;
    private double _lastReport;

    public DensityTrainingRun(
        DensityModel model,
        Tensor training,
        Tensor? validation,
        IReadOnlyDictionary<string, Tensor> monitored,
        DensityTrainerOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        (_model, _training, _validation, _monitored) = (model, training, validation, monitored);
        (_options, _progress, _cancellation) = (options, progress, cancellation);
        _batches = new Minibatches(training.shape[0], options.BatchSize);
        _state = new TrainingState(
            model.Flow.NamedParameters(), options.Shared, model.Flow.Potential.GetType().Name, $"{training.shape[0]} rows in batches of {options.BatchSize}", _batches);
        _session = new TrainingSession(_state, options.Shared, model.Dimension);
        if (!_session.IsResumed)
        {
            _batches.Shuffle(_state.Generator);
        }

        _state.Counters = _state.Counters with { Depth = Math.Max(_state.Counters.Depth, model.Flow.Options.Depth) };

        _refinement = new DepthRefinement(model, validation ?? training, options.DepthTolerance, options.MaxDepth);
        _session.MarkGood();
    }

    private long TotalSteps => _options.MaxEpochs * _batches.PerEpoch;

    private double Progress => _session.Progress(TotalSteps);

    public TrainingReport ToEnd()
    {
        try
        {
            var reason = RunEpochs();
            WeightAverage.Copy(_state.Best, _state.Parameters);
            _model.Refine(_state.Counters.Depth);
            if (!_options.KeepCheckpoint)
            {
                _session.DeleteCheckpoint();
            }

            var counters = _state.Counters;
            return new(
                counters.History, counters.BestEpoch, _validation is null || counters.BestEpoch == 0 ? null : counters.BestNll,
                _state.Adam.Steps, [.. counters.Remarks, .. counters.DepthRemarks], reason, TimeSpan.FromSeconds(_session.Elapsed)) { Depth = counters.Depth };
        }
        catch
        {
            // Cancelled, or a callback threw: the model stays usable.
            WeightAverage.Copy(_state.Counters.BestEpoch > 0 ? _state.Best : _state.Average.Values, _state.Parameters);
            _model.Refine(_state.Counters.Depth);
            throw;
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Runs epochs until one of the reasons to stop.</summary>
    private StopReason RunEpochs()
    {
        try
        {
            while (_state.Counters.Epoch < _options.MaxEpochs)
            {
                if (_session.TimeIsUp)
                {
                    return StopReason.TimeLimit;
                }

                if (_validation is not null && _options.Patience is { } patience && _state.Counters.Epoch - _state.Counters.BestEpoch >= patience)
                {
                    return StopReason.EarlyStopping;
                }

                if (!RunEpoch())
                {
                    return StopReason.Diverged;
                }
            }

            return StopReason.Completed;
        }
        catch (OperationCanceledException)
        {
            _session.WriteCheckpoint();
            throw;
        }
    }

    /// <summary>Runs the rest of the current epoch.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunEpoch()
    {
        // A time limit may cut an epoch short, but each epoch has a first step.
        while (_batches.Position < _batches.PerEpoch && !(_session.TimeIsUp && _batches.Position > 0))
        {
            _cancellation.ThrowIfCancellationRequested();
            var (number, rate) = (_state.Adam.Steps + 1, _session.Rate(Progress));
            var (loss, norm) = Step(rate);
            if (_session.Trouble(loss, norm) is { } trouble)
            {
                if (!Recover(FormattableString.Invariant($"Step {number}: {trouble}"), rate))
                {
                    return false;
                }

                continue;
            }

            _state.Counters = _state.Counters with { EpochLoss = _state.Counters.EpochLoss + loss };
            Report(rate, norm, epochEnded: false);
            if (_options.CheckpointEverySteps is { } every && _state.Adam.Steps % every == 0 && _batches.Position < _batches.PerEpoch)
            {
                _session.WriteCheckpoint();
            }
        }

        EndEpoch();
        return true;
    }

    private (double Loss, double GradientNorm) Step(double rate)
    {
        using var scope = NewDisposeScope();
        var rows = _training.index_select(0, _batches.Next());
        var (y, logDeterminant) = _model.Preprocessing.Forward(rows, _state.Generator);
        var loss = _model.Flow.LogProb(y, _state.Counters.Depth, generator: _state.Generator).mean().neg();
        var (value, norm) = _session.Descend(loss, rate);
        return (value - logDeterminant.mean().item<double>(), norm);
    }

    private void EndEpoch()
    {
        Refine();
        var (nll, monitoredNll) = _state.Average.While(() => (_validation is null ? (double?)null : MeanNll(_validation), _monitored.ToDictionary(rows => rows.Key, rows => MeanNll(rows.Value))));
        var counters = _state.Counters;
        var epoch = counters.Epoch + 1;
        var rate = _session.Rate(Progress);
        var record = new EpochRecord(epoch, counters.EpochLoss / _batches.Position, nll, rate, _session.Elapsed) { MonitoredNll = monitoredNll };
        counters = counters with { Epoch = epoch, History = [.. counters.History, record] };
        if (nll is null || nll < counters.BestNll)
        {
            counters = counters with { BestEpoch = epoch, BestNll = nll ?? double.PositiveInfinity };
            WeightAverage.Copy(_state.Average.Values, _state.Best);
        }

        // The state is that of the next epoch's start before anything outside can interrupt.
        _state.Counters = counters with { EpochLoss = 0 };
        _batches.Shuffle(_state.Generator);
        _session.MarkGood();
        _session.WriteCheckpoint();

        Report(rate, 0, epochEnded: true);
    }

    private double MeanNll(Tensor rows) => _model.Evaluate(rows, depth: _state.Counters.Depth, cancellationToken: _cancellation).MeanNll;

    /// <summary>Raises the depth where the averaged weights need it; likelihoods so far are then forgotten, since they may have been too good.</summary>
    private void Refine()
    {
        var counters = _state.Counters;
        var (depth, difference) = _state.Average.While(() => _refinement.Find(counters.Depth, _cancellation));
        if (depth > counters.Depth)
        {
            var remark = FormattableString.Invariant($"Step {_state.Adam.Steps}: the NLL at depth {counters.Depth} was {difference:G3} nats off that at twice the depth; refined to {depth}.");
            _state.Counters = counters with { Depth = depth, DepthRemarks = [.. counters.DepthRemarks, remark], BestNll = double.PositiveInfinity };
            _session.RestartGuard();
        }
    }

    /// <summary>Goes back to the last good state with half the rate.</summary>
    private bool Recover(string trouble, double rate)
    {
        var goesOn = _session.Recover(trouble);
        _lastReport = double.NegativeInfinity;
        Report(rate, double.NaN, epochEnded: false);
        return goesOn;
    }

    private void Report(double rate, double norm, bool epochEnded)
    {
        if (_progress is null || (!epochEnded && _session.Elapsed - _lastReport < ReportInterval))
        {
            return;
        }

        _lastReport = _session.Elapsed;
        var counters = _state.Counters;
        var share = Math.Clamp(Progress, 1e-9, 1);
        _progress.Report(new(
            epochEnded ? counters.Epoch : counters.Epoch + 1, _options.MaxEpochs, _state.Adam.Steps, TotalSteps,
            epochEnded ? counters.History[^1].TrainingNll : counters.EpochLoss / Math.Max(1, _batches.Position),
            counters.History is [.., var last] ? last.ValidationNll : null, rate, norm,
            TimeSpan.FromSeconds(_session.Elapsed), TimeSpan.FromSeconds(_session.Elapsed * (1 - share) / share), epochEnded,
            [.. counters.Remarks, .. counters.DepthRemarks], counters.History));
    }
}
