using System.Globalization;

namespace MAFlow.Torch.Training;

/// <summary>When a training ends and what its rate is: a function of the step alone, into which the clock enters at most once.</summary>
/// <param name="task">What is trained on.</param>
/// <param name="options">Options.</param>
/// <param name="state">Place in the training.</param>
internal sealed class TrainingClock(TrainingTask task, TrainerOptions options, TrainingState state)
{
    private const double MaxWarmupSteps = 100;
    private readonly StepSchedule _steps = new(task.Steps, task.IsAnnealed);

    // A share of steps that are never taken would be a warm-up that never ends.
    private readonly WarmupCosineSchedule _rate = new(
        options.TimeLimit is null && options.MaxSteps is null
            ? options.WarmupFraction
            : Math.Min(options.WarmupFraction, MaxWarmupSteps / task.Steps),
        options.FinalLearningRateFraction);

    /// <summary>Number of the last step N, unless training stops before.</summary>
    public long End => state.Counters.End ?? Math.Min(options.MaxSteps ?? task.Steps, task.Steps);

    public bool TimeIsUp => SpentTime >= 1;

    /// <summary>Share of the time that is gone; 0 without a limit.</summary>
    public double SpentTime => options.TimeLimit is { } limit ? state.Elapsed / limit.TotalSeconds : 0;

    /// <summary>Progress from 0 to 1.</summary>
    public double Progress => _steps.Progress(state.Adam.Steps, End);

    /// <summary>The same for a listener: of the steps or of the time, whichever ends first.</summary>
    public double Share => Math.Max((double)state.Adam.Steps / End, SpentTime);

    public double Rate => options.LearningRate * state.Counters.RateFactor * _rate.Factor(Progress);

    /// <summary>MaxSteps of the same training whatever the clock; null where there is none.</summary>
    public long? RepeatableSteps => state.Counters.IsStartCut
        ? null
        : state.Counters.Outcome?.StopReason == StopReason.TimeLimit && state.Adam.Steps < End ? StepsOfCut : End;

    /// <summary>MaxSteps that stops where the clock did, if no step so far depended on the end.</summary>
    private long? StepsOfCut => state.Adam.Steps - 1 <= _steps.Free(state.Adam.Steps) ? state.Adam.Steps : null;

    private string Limit => FormattableString.Invariant($"the time limit of {options.TimeLimit!.Value.TotalSeconds:G3} s");

    /// <summary>Sets the end once, where time is running short.</summary>
    public void Watch()
    {
        var (step, time) = (state.Adam.Steps, SpentTime);
        if (state.Counters.End is null && _steps.Shortened(step, End, time) is { } end)
        {
            state.Counters = (state.Counters with { End = end }).Remarking(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {step}: {time:P0} of {Limit} is gone, so training ends at step {end}. The same seed may give another model; with "
                + $"MaxSteps = {end} it gives this one."));
        }
    }

    /// <summary>Says that time was over before the first step.</summary>
    public void RemarkNoTime() => state.Counters = state.Counters.Remarking(
        $"Step 0: {Limit} was over before the first step; one step is taken. Raise TimeLimit, or train on fewer rows.");

    /// <summary>Says whether a training that the clock has stopped can be repeated.</summary>
    public void RemarkCut() => state.Counters = state.Counters.Remarking(StepsOfCut is { } steps
        ? $"Step {steps}: {Limit} is over. The same seed may give another model; with MaxSteps = {steps} it gives this one."
        : $"Step {state.Adam.Steps}: {Limit} was over before step {End}, where training was to end; it cannot be repeated exactly. "
        + $"Raise TimeLimit, or set MaxSteps to {state.Adam.Steps} or less.");
}
