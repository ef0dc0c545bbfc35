namespace MAFlow.Torch.Training;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs or steps were run, or MaxSteps of them.</summary>
    Completed,

    /// <summary>The validation likelihood no longer improved.</summary>
    EarlyStopping,

    /// <summary>The time limit was reached, or training was shortened to end before it.</summary>
    TimeLimit,

    /// <summary>The loss kept diverging; the model holds the last good weights.</summary>
    Diverged,
}
