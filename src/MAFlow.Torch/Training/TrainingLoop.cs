using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One training from its first step, or from its checkpoint, to its end: rounds of steps, each followed by a
/// measurement.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly TrainingTask _task;
    private readonly TrainerOptions _options;
    private readonly Agreement _agreement;
    private readonly TrainingState _state;
    private readonly TrainingClock _clock;
    private readonly Descent _descent;
    private readonly string _identity = "";
    private readonly GoodStates _good;
    private readonly ProgressReporter _reporter;

    /// <summary>Begins, from the checkpoint if there is one.</summary>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingLoop(TrainingTask task, TrainerOptions options, IProgress<TrainingProgress>? progress)
    {
        (_task, _options, _agreement) = (task, options.OfFirst(), task.Agreement);
        _state = new TrainingState(task.Parameters, _options, task.Owner, task.Dimension, task.MakeBatches(), _agreement);
        _clock = new TrainingClock(task, _options, _state);
        _descent = new Descent(_state, options.MaxGradientNorm, task.RowsPerStep, _agreement);
        (_good, _reporter) = (new GoodStates(_state), new ProgressReporter(task, _state, _agreement.IsFirst ? progress : null));
        try
        {
            _identity = new TrainingStart(task, _options, _state).Begin();
        }
        catch
        {
            _state.Dispose();
            throw;
        }
    }

    private TrainingCounters Counters
    {
        get => _state.Counters;
        set => _state.Counters = value;
    }

    private long RoundLength => _task.RoundLength(Counters, _clock.End);

    private IReadOnlyList<Tensor> Kept => _task.KeepsBest ? _state.Best : _state.Average.Values;

    public TrainingReport ToEnd()
    {
        try
        {
            return Run();
        }
        catch
        {
            // Cancelled, or a callback threw: what was trained stays usable.
            WeightAverage.Copy(_task.KeepsBest && Counters.BestRound == 0 ? _state.Average.Values : Kept, _state.Parameters);
            _task.Refine(Counters.Depth);
            throw;
        }
    }

    public void Dispose()
    {
        _state.Dispose();
        _good.Dispose();
    }

    private TrainingReport Run()
    {
        try
        {
            if (Counters.Outcome is null)
            {
                Begin();
                _good.Mark();
                var reason = RunRounds();
                Counters = WeightAverage.While(Kept, _state.Parameters, () => _task.Finish(_state, reason));
            }
        }
        catch (OperationCanceledException)
        {
            WriteCheckpoint();
            throw;
        }

        // Whatever fails on process 0 from here on, all hear of it.
        _agreement.Together(_ => Close());
        WeightAverage.Copy(Kept, _state.Parameters);
        _task.Refine(Counters.Depth);
        var outcome = Counters.Outcome!;
        return new(
            Counters.History, Counters.BestRound, outcome.BestValidationNll, outcome.FreeEnergy, Counters.Depth, outcome.DepthDifference,
            outcome.IsConverged, _state.Adam.Steps, _clock.RepeatableSteps, Counters.Remarks, outcome.StopReason,
            TimeSpan.FromSeconds(_state.Elapsed), Counters.Start, outcome.TransportCost);
    }

    private void Close()
    {
        if (_options.KeepCheckpoint)
        {
            WriteCheckpoint();
        }
        else if (_options.CheckpointPath is { } path && _agreement.IsFirst)
        {
            File.Delete(path);
        }

        if (_reporter.HasNews)
        {
            _reporter.Report(isRoundEnd: false, _clock);
        }
    }

    /// <summary>Finds better weights to begin with, unless that was done before an interruption.</summary>
    private void Begin()
    {
        if (Counters.Start is not null || _state.Adam.Steps > 0)
        {
            return;
        }

        _agreement.Settle();
        Counters = _task.Begin(_state, () => _clock.SpentTime, loss => _agreement.Try(_ => _reporter.Search(loss, _clock)));
        if (Counters.Start is not null)
        {
            _agreement.Try(_ => _reporter.Report(isRoundEnd: false, _clock));
        }
    }

    /// <summary>Runs rounds until one of the reasons to stop.</summary>
    private StopReason RunRounds()
    {
        for (_agreement.Settle(); RoundLength > 0; _agreement.Settle())
        {
            // First, since it does not depend on the clock.
            if (Counters.Position == 0 && _task.HasStalled(Counters))
            {
                return StopReason.EarlyStopping;
            }

            _agreement.Together(stop => _state.Batches?.Seek(Counters.Position, () => _clock.TimeIsUp && _state.Adam.Steps > 0, stop));
            // One step is always taken, and a round that was begun is measured.
            if (_clock.TimeIsUp && _state.Adam.Steps > 0 && Counters.Position == 0)
            {
                _clock.RemarkCut();
                return StopReason.TimeLimit;
            }

            if (!RunSteps())
            {
                return StopReason.Diverged;
            }

            EndRound();
        }

        return Counters.End is null ? StopReason.Completed : StopReason.TimeLimit;
    }

    /// <summary>Runs the rest of the current round's steps.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunSteps()
    {
        if (_clock.TimeIsUp && _state.Adam.Steps == 0)
        {
            _clock.RemarkNoTime();
        }

        for (_clock.Watch(); Counters.Position < RoundLength && !(_clock.TimeIsUp && Counters.Position > 0); _clock.Watch())
        {
            _agreement.ThrowIfCancelled();
            var number = _state.Adam.Steps + 1;
            var (rate, beta) = (_clock.Rate, _task.InverseTemperature(_clock.Progress));
            var (loss, deviation, norm) = _descent.Step(_task.Batches(_state, beta), rate);
            _reporter.Step = (deviation, norm, rate, beta);
            // While β rises the loss changes by itself, so only its being finite is checked.
            if ((beta < 1 && double.IsFinite(loss) && double.IsFinite(norm) ? null : _state.Guard.Check(loss, norm)) is { } trouble)
            {
                _good.Recover(FormattableString.Invariant($"Step {number}: {trouble}"));
                _agreement.Try(_ => _reporter.Report(isRoundEnd: false, _clock));
                if (Counters.Recoveries > _options.MaxRecoveries)
                {
                    return false;
                }

                continue;
            }

            Counters = Counters with { Position = Counters.Position + 1, RoundLoss = Counters.RoundLoss + loss };
            var isInside = Counters.Position < RoundLength;
            if (isInside && _reporter.IsDue)
            {
                _agreement.Try(_ => _reporter.Report(isRoundEnd: false, _clock));
            }

            if (isInside && _options.CheckpointEverySteps is { } every && _state.Adam.Steps % every == 0)
            {
                _agreement.Try(_ => WriteCheckpoint());
            }
        }

        return true;
    }

    private void EndRound()
    {
        _agreement.ThrowIfCancelled();
        _state.TakeWeightsOfFirst(_agreement.Collective);
        var depth = Counters.Depth;
        var counters = _state.Average.While(() => _task.Measure(_state, _clock.Rate));
        if (counters.BestRound == counters.Round)
        {
            WeightAverage.Copy(_state.Average.Values, _state.Best);
        }

        if (counters.Depth > depth)
        {
            _state.Guard.Restart();
        }

        // The state is that of the next round's start before anything outside can interrupt.
        Counters = counters with { Position = 0, RoundLoss = 0 };
        _state.Batches?.Shuffle(_state.Generator);
        _good.Mark();
        _agreement.Try(_ =>
        {
            WriteCheckpoint();
            _reporter.Report(isRoundEnd: true, _clock);
        });
    }

    private void WriteCheckpoint()
    {
        if (_options.CheckpointPath is { } path && _agreement.IsFirst)
        {
            using var capture = _state.Capture(_identity);
            capture.Save(path);
        }
    }
}
