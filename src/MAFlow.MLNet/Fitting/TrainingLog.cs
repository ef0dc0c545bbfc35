using Microsoft.ML.Runtime;

namespace MAFlow.MLNet.Fitting;

/// <summary>Hands the progress of a training on: one line an epoch to the log of the MLContext, everything to the user's own
/// listener.</summary>
/// <remarks>It also passes on ML.NET's request to stop, which the trainer does not see.</remarks>
internal sealed class TrainingLog(IHost host, IChannel channel, IProgress<TrainingProgress>? listener, CancellationTokenSource cancellation)
    : IProgress<TrainingProgress>
{
    private int _remarksTold;
    private bool _startTold;

    public void Report(TrainingProgress value)
    {
        // Before the first step, unless it is a return to there, which comes with a remark.
        if (!_startTold && value.Current.Step == 0 && (value.Start is not null || value.Remarks.Count == _remarksTold))
        {
            _startTold = value.Start is not null;
            channel.Info(MessageSensitivity.None, value.Start is null
                ? FormattableString.Invariant($"Looking for a start without simulation, {value.Current.ElapsedSeconds:F0} s.")
                : $"Start without simulation: {value.Start}.");
        }

        foreach (var remark in value.Remarks.Skip(_remarksTold))
        {
            channel.Warning(MessageSensitivity.None, remark);
        }

        _remarksTold = value.Remarks.Count;
        if (value.IsRoundEnd)
        {
            channel.Info(MessageSensitivity.None, Line(value));
        }

        listener?.Report(value);
        if (MlNetInternals.IsCanceled(host))
        {
            cancellation.Cancel();
        }
    }

    private static string Line(TrainingProgress value)
    {
        var epoch = value.Current;
        var validation = epoch.ValidationNll is { } nll ? FormattableString.Invariant($", validation {nll:F4}") : "";
        return FormattableString.Invariant($"Epoch {epoch.Round} of {value.Rounds}: negative log-likelihood {epoch.Loss:F4} nats")
            + validation
            + FormattableString.Invariant($", learning rate {epoch.LearningRate:G3}, {value.Remaining.TotalSeconds:F0} s left");
    }
}
