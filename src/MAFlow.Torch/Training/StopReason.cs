namespace MAFlow.Torch.Training;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs or steps were run.</summary>
    Completed,

    /// <summary>The validation likelihood no longer improved.</summary>
    EarlyStopping,

    /// <summary>The time limit was reached.</summary>
    TimeLimit,

    /// <summary>The loss kept diverging; the model holds the last good weights.</summary>
    Diverged,
}
