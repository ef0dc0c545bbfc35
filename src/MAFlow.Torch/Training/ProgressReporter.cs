namespace MAFlow.Torch.Training;

/// <summary>Tells a listener where a training stands.</summary>
/// <param name="task">What is trained on.</param>
/// <param name="state">Place in the training.</param>
/// <param name="listener">Who is told, or null.</param>
internal sealed class ProgressReporter(TrainingTask task, TrainingState state, IProgress<TrainingProgress>? listener)
{
    private double _last = double.NegativeInfinity;
    private int _remarks;

    /// <summary>What the last step gave.</summary>
    public (double Deviation, double GradientNorm, double Rate, double InverseTemperature) Step { get; set; }

    /// <summary>Whether the task's interval has passed.</summary>
    public bool IsDue => state.Elapsed - _last >= task.ReportInterval;

    /// <summary>Whether there are remarks that the listener has not been told.</summary>
    public bool HasNews => state.Counters.Remarks.Count > _remarks;

    /// <param name="isRoundEnd">Whether a round just ended.</param>
    /// <param name="progress">Progress of training, from 0 to 1.</param>
    public void Report(bool isRoundEnd, double progress)
    {
        var (counters, share) = (state.Counters, Math.Clamp(progress, 1e-9, 1));
        (_last, _remarks) = (state.Elapsed, counters.Remarks.Count);
        var isBetweenRounds = isRoundEnd || (counters.Position == 0 && counters.History.Count > 0);
        listener?.Report(new()
        {
            Round = isRoundEnd ? counters.Round : Math.Min(counters.Round + 1, task.Rounds),
            Rounds = task.Rounds,
            Step = state.Adam.Steps,
            Steps = task.Steps,
            Loss = isBetweenRounds ? counters.History[^1].Loss : counters.RoundLoss / Math.Max(1, counters.Position),
            Deviation = Step.Deviation,
            GradientNorm = Step.GradientNorm,
            LearningRate = Step.Rate,
            InverseTemperature = Step.InverseTemperature,
            Depth = counters.Depth,
            IsRoundEnd = isRoundEnd,
            Elapsed = TimeSpan.FromSeconds(state.Elapsed),
            Remaining = TimeSpan.FromSeconds(Math.Min(state.Elapsed * (1 - share) / share, 1e9)),
            Remarks = counters.Remarks,
            History = counters.History,
        });
    }
}
