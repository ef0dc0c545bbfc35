namespace MAFlow.Torch.Training;

/// <summary>Where training stands; reported a few times per second and at the end of each epoch.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">Largest number of epochs.</param>
/// <param name="Step">Optimiser steps taken.</param>
/// <param name="Steps">Optimiser steps of a training that runs to its last epoch.</param>
/// <param name="TrainingNll">Mean -ln p of the rows of this epoch so far, in nats per row of original data.</param>
/// <param name="ValidationNll">Mean -ln p of the validation rows under the averaged weights at the last epoch's end, in nats; null before that or without validation.</param>
/// <param name="LearningRate">Rate of the last step.</param>
/// <param name="GradientNorm">Norm of the last gradient before clipping.</param>
/// <param name="Elapsed">Time spent, earlier parts of a resumed training included.</param>
/// <param name="Remaining">Estimated time left if training does not stop early.</param>
/// <param name="IsEpochEnd">Whether an epoch just ended.</param>
/// <param name="Remarks">One sentence per return to the last good state: the step, what went wrong, the new rate.</param>
/// <param name="History">One record per epoch that has ended, those before an interruption included.</param>
public sealed record TrainingProgress(
    int Epoch,
    int Epochs,
    long Step,
    long Steps,
    double TrainingNll,
    double? ValidationNll,
    double LearningRate,
    double GradientNorm,
    TimeSpan Elapsed,
    TimeSpan Remaining,
    bool IsEpochEnd,
    IReadOnlyList<string> Remarks,
    IReadOnlyList<EpochRecord> History);
