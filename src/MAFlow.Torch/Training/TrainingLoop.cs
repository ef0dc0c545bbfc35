using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One training from its first step, or from its checkpoint, to its end: rounds of steps, each followed by a
/// measurement.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly TrainingTask _task;
    private readonly TrainerOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly TrainingState _state;
    private readonly TrainingClock _clock;
    private readonly Descent _descent;
    private readonly string _identity = "";
    private readonly GoodStates _good;
    private readonly ProgressReporter _reporter;

    /// <summary>Begins, from the checkpoint if there is one.</summary>
    /// <exception cref="FormatException">The checkpoint is damaged or belongs to another training.</exception>
    public TrainingLoop(TrainingTask task, TrainerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (_task, _options, _cancellation) = (task, options, cancellation);
        _state = new TrainingState(task.Parameters, options, task.Owner, task.Dimension, task.MakeBatches());
        _clock = new TrainingClock(task, options, _state);
        _descent = new Descent(_state, options.MaxGradientNorm);
        (_good, _reporter) = (new GoodStates(_state), new ProgressReporter(task, _state, progress));
        try
        {
            var identity = options.CheckpointPath is null ? null : task.Identity();
            _identity = identity?.Encode() ?? "";
            Begin(identity);
        }
        catch
        {
            _state.Dispose();
            throw;
        }

        _good.Mark();
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

    private void Begin(TrainingIdentity? identity)
    {
        if (_options.CheckpointPath is { } path)
        {
            AtomicFile.DeleteLeftovers(path);
            if (File.Exists(path))
            {
                using var file = SafetensorsFile.Load(path);
                _state.Resume(file, identity, _task.Depth, _options.MaxDepth);
                if (Counters.Precision is { } precision)
                {
                    _task.Choose(precision);
                }

                return;
            }
        }

        var flow = _task.FlowOptions;
        Counters = Counters with
        {
            AskedDepth = _task.Depth,
            Depth = _task.Depth,
            Precision = flow.IsPrecisionChosen ? flow.Precision : null,
        };
        Counters = _task.Remark is { } remark ? Counters.Remarking($"Step 0: {remark}") : Counters;
        _state.Batches?.Shuffle(_state.Generator);
    }

    private TrainingReport Run()
    {
        try
        {
            if (Counters.Outcome is null)
            {
                var reason = RunRounds();
                Counters = WeightAverage.While(Kept, _state.Parameters, () => _task.Finish(_state, reason, _cancellation));
            }
        }
        catch (OperationCanceledException)
        {
            WriteCheckpoint();
            throw;
        }

        if (_options.KeepCheckpoint)
        {
            WriteCheckpoint();
        }
        else if (_options.CheckpointPath is { } path)
        {
            File.Delete(path);
        }

        if (_reporter.HasNews)
        {
            _reporter.Report(isRoundEnd: false, _clock);
        }

        WeightAverage.Copy(Kept, _state.Parameters);
        _task.Refine(Counters.Depth);
        var outcome = Counters.Outcome!;
        return new(
            Counters.History, Counters.BestRound, outcome.BestValidationNll, outcome.FreeEnergy, Counters.Depth, outcome.DepthDifference,
            outcome.IsConverged, _state.Adam.Steps, _clock.RepeatableSteps, Counters.Remarks, outcome.StopReason,
            TimeSpan.FromSeconds(_state.Elapsed));
    }

    /// <summary>Runs rounds until one of the reasons to stop.</summary>
    private StopReason RunRounds()
    {
        while (RoundLength > 0)
        {
            // First, since it does not depend on the clock.
            if (Counters.Position == 0 && _task.HasStalled(Counters))
            {
                return StopReason.EarlyStopping;
            }

            _state.Batches?.Seek(Counters.Position, () => _clock.TimeIsUp && _state.Adam.Steps > 0, _cancellation);
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
            _cancellation.ThrowIfCancellationRequested();
            var number = _state.Adam.Steps + 1;
            var (rate, beta) = (_clock.Rate, _task.InverseTemperature(_clock.Progress));
            var (loss, deviation, norm) = _descent.Step(_task.Batches(_state, beta), rate);
            _reporter.Step = (deviation, norm, rate, beta);
            // While β rises the loss changes by itself, so only its being finite is checked.
            if ((beta < 1 && double.IsFinite(loss) && double.IsFinite(norm) ? null : _state.Guard.Check(loss, norm)) is { } trouble)
            {
                _good.Recover(FormattableString.Invariant($"Step {number}: {trouble}"));
                _reporter.Report(isRoundEnd: false, _clock);
                if (Counters.Recoveries > _options.MaxRecoveries)
                {
                    return false;
                }

                continue;
            }

            Counters = Counters with { Position = Counters.Position + 1, RoundLoss = Counters.RoundLoss + loss };
            if (_reporter.IsDue && Counters.Position < RoundLength)
            {
                _reporter.Report(isRoundEnd: false, _clock);
            }

            var isInside = Counters.Position < RoundLength;
            if (isInside && _options.CheckpointEverySteps is { } every && _state.Adam.Steps % every == 0)
            {
                WriteCheckpoint();
            }
        }

        return true;
    }

    private void EndRound()
    {
        _cancellation.ThrowIfCancellationRequested();
        var depth = Counters.Depth;
        var counters = _state.Average.While(() => _task.Measure(_state, _clock.Rate, _cancellation));
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
        WriteCheckpoint();
        _reporter.Report(isRoundEnd: true, _clock);
    }

    private void WriteCheckpoint()
    {
        if (_options.CheckpointPath is { } path)
        {
            using var capture = _state.Capture(_identity);
            capture.Save(path);
        }
    }
}
