namespace MAFlow.Torch.Training;

/// <summary>Tells a listener where a training stands.</summary>
/// <param name="task">What is trained on.</param>
/// <param name="state">Place in the training.</param>
/// <param name="listener">Who is told, or null.</param>
internal sealed class ProgressReporter(TrainingTask task, TrainingState state, IProgress<TrainingProgress>? listener)
{
    private const double SecondsOfSilence = 2;
    private double _last = double.NegativeInfinity;
    private double _firstLoss;
    private double? _searchBegun;
    private int _remarks;

    /// <summary>What the last step gave.</summary>
    public (double Deviation, double GradientNorm, double Rate, double InverseTemperature) Step { get; set; }

    /// <summary>Whether the task's interval has passed.</summary>
    public bool IsDue => state.Elapsed - _last >= task.ReportInterval;

    /// <summary>Whether there are remarks that the listener has not been told.</summary>
    public bool HasNews => state.Counters.Remarks.Count > _remarks;

    /// <summary>Tells that a start is being looked for, once that has taken two seconds.</summary>
    /// <param name="loss">What the loss is before it.</param>
    /// <param name="clock">How much of training is done.</param>
    public void Search(double loss, TrainingClock clock)
    {
        (_firstLoss, _searchBegun) = (loss, _searchBegun ?? state.Elapsed);
        if (state.Elapsed - _searchBegun >= SecondsOfSilence)
        {
            Report(isRoundEnd: false, clock);
        }
    }

    /// <param name="isRoundEnd">Whether a round just ended.</param>
    /// <param name="clock">How much of training is done.</param>
    public void Report(bool isRoundEnd, TrainingClock clock)
    {
        var (counters, share) = (state.Counters, Math.Clamp(clock.Share, 1e-9, 1));
        (_last, _remarks) = (state.Elapsed, counters.Remarks.Count);
        var current = isRoundEnd ? counters.History[^1] : Unfinished(counters);
        listener?.Report(new(current)
        {
            Rounds = task.Rounds,
            Steps = clock.End,
            Deviation = Step.Deviation,
            GradientNorm = Step.GradientNorm,
            InverseTemperature = Step.InverseTemperature,
            Depth = counters.Depth,
            IsRoundEnd = isRoundEnd,
            Remaining = TimeSpan.FromSeconds(Math.Min(current.ElapsedSeconds * (1 - share) / share, 1e9)),
            Remarks = counters.Remarks,
            Start = counters.Start,
            History = counters.History,
        });
    }

    /// <summary>The round in progress; before its first step the loss is that of the round before.</summary>
    private TrainingRecord Unfinished(TrainingCounters counters)
    {
        var loss = counters.Position > 0 ? counters.RoundLoss / counters.Position
            : counters.History.Count > 0 ? counters.History[^1].Loss
            : counters.Start is { IsKept: true, NllAfter: { } nll } ? nll
            : _firstLoss;
        return new(Math.Min(counters.Round + 1, task.Rounds), state.Adam.Steps, loss, null, null, null, Step.Rate, state.Elapsed);
    }
}
