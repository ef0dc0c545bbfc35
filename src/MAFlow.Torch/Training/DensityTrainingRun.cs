using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>One training from its first step, or from its checkpoint, to its end.</summary>
internal sealed class DensityTrainingRun : IDisposable
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(200);
    private readonly DensityModel model;
    private readonly Tensor training;
    private readonly Tensor? validation;
    private readonly DensityTrainerOptions options;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly TrainingState state;
    private readonly DivergenceGuard guard;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private TimeSpan lastReport;
    private readonly double elapsedBefore;
    private SafetensorsFile lastGood;

    public DensityTrainingRun(
        DensityModel model, Tensor training, Tensor? validation, DensityTrainerOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        (this.model, this.training, this.validation, this.options, this.progress, this.cancellation) = (model, training, validation, options, progress, cancellation);
        guard = new DivergenceGuard(model.Dimension);
        state = new TrainingState(model.Flow.Potential, options, training.shape[0]);
        try
        {
            if (options.CheckpointPath is { } path && File.Exists(path))
            {
                using var file = SafetensorsFile.Load(path);
                ReturnTo(file);
                elapsedBefore = state.Counters.ElapsedSeconds;
            }
            else
            {
                state.Batches.Shuffle(state.Generator);
            }

            lastGood = Captured();
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private double Elapsed => elapsedBefore + watch.Elapsed.TotalSeconds;

    private long TotalSteps => options.MaxEpochs * state.Batches.PerEpoch;

    private double Progress => Math.Max((double)state.Adam.Steps / TotalSteps, options.TimeLimit is { } limit ? Elapsed / limit.TotalSeconds : 0);

    private bool TimeIsUp => options.TimeLimit is { } limit && Elapsed >= limit.TotalSeconds;

    public TrainingReport ToEnd()
    {
        try
        {
            var reason = RunEpochs();
            WeightAverage.Copy(state.Best, state.Parameters);
            if (options.CheckpointPath is { } path)
            {
                File.Delete(path);
            }

            var counters = state.Counters;
            return new(
                counters.History, counters.BestEpoch, validation is null || counters.BestEpoch == 0 ? null : counters.BestNll,
                state.Adam.Steps, counters.Remarks, reason, TimeSpan.FromSeconds(Elapsed));
        }
        catch
        {
            // Cancelled, or a callback threw: the model stays usable.
            WeightAverage.Copy(state.Counters.BestEpoch > 0 ? state.Best : state.Average.Values, state.Parameters);
            throw;
        }
    }

    public void Dispose()
    {
        state.Dispose();
        lastGood.Dispose();
    }

    /// <summary>Runs epochs until one of the reasons to stop.</summary>
    private StopReason RunEpochs()
    {
        try
        {
            while (state.Counters.Epoch < options.MaxEpochs)
            {
                if (TimeIsUp)
                {
                    return StopReason.TimeLimit;
                }

                if (validation is not null && options.Patience is { } patience && state.Counters.Epoch - state.Counters.BestEpoch >= patience)
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
            WriteCheckpoint();
            throw;
        }
    }

    /// <summary>Runs the rest of the current epoch.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunEpoch()
    {
        // A time limit may cut an epoch short, but each epoch has a first step.
        while (state.Batches.Position < state.Batches.PerEpoch && !(TimeIsUp && state.Batches.Position > 0))
        {
            cancellation.ThrowIfCancellationRequested();
            var (number, rate) = (state.Adam.Steps + 1, options.Optimizer.LearningRate * state.Counters.RateFactor * options.Schedule.Factor(Progress));
            var (loss, norm) = Step(rate);
            if (guard.Check(loss, norm) is { } trouble)
            {
                if (!Recover(FormattableString.Invariant($"Step {number}: {trouble}"), rate))
                {
                    return false;
                }

                continue;
            }

            state.Counters = state.Counters with { EpochLoss = state.Counters.EpochLoss + loss };
            Report(rate, norm, epochEnded: false);
            if (options.CheckpointEverySteps is { } every && state.Adam.Steps % every == 0 && state.Batches.Position < state.Batches.PerEpoch)
            {
                WriteCheckpoint();
            }
        }

        EndEpoch();
        return true;
    }

    private (double Loss, double GradientNorm) Step(double rate)
    {
        using var scope = NewDisposeScope();
        var rows = training.index_select(0, state.Batches.Next());
        var (y, logDeterminant) = model.Preprocessing.Forward(rows, state.Generator);
        var loss = model.Flow.LogProb(y, generator: state.Generator).mean().neg();
        foreach (var parameter in state.Parameters)
        {
            parameter.grad = null;
        }

        loss.backward();
        var norm = Math.Sqrt(state.Parameters.Sum(parameter => parameter.grad is { } gradient ? gradient.square().sum().to(float64).item<double>() : 0));
        var nll = loss.to(float64).item<double>() - logDeterminant.mean().item<double>();
        if (double.IsFinite(nll) && double.IsFinite(norm))
        {
            state.Adam.Step(rate, Math.Min(1, options.MaxGradientNorm / norm));
            state.Average.Update(state.Adam.Steps);
        }

        foreach (var parameter in state.Parameters)
        {
            parameter.grad = null;
        }

        return (nll, norm);
    }

    private void EndEpoch()
    {
        double? nll = validation is null ? null : state.Average.While(() => model.Evaluate(validation, cancellationToken: cancellation).MeanNll);
        var counters = state.Counters;
        var epoch = counters.Epoch + 1;
        var rate = options.Optimizer.LearningRate * counters.RateFactor * options.Schedule.Factor(Progress);
        counters = counters with { Epoch = epoch, History = [.. counters.History, new(epoch, counters.EpochLoss / state.Batches.Position, nll, rate, Elapsed)] };
        if (nll is null || nll < counters.BestNll)
        {
            counters = counters with { BestEpoch = epoch, BestNll = nll ?? double.PositiveInfinity };
            WeightAverage.Copy(state.Average.Values, state.Best);
        }

        // The state is that of the next epoch's start before anything outside can interrupt.
        state.Counters = counters with { EpochLoss = 0 };
        state.Batches.Shuffle(state.Generator);
        lastGood.Dispose();
        lastGood = Captured();
        if (options.CheckpointPath is { } path)
        {
            lastGood.Save(path);
        }

        Report(rate, 0, epochEnded: true);
    }

    /// <summary>Goes back to the last good state with half the rate.</summary>
    private bool Recover(string trouble, double rate)
    {
        var (factor, remarks) = (state.Counters.RateFactor / 2, state.Counters.Remarks);
        ReturnTo(lastGood);
        remarks = [.. remarks, FormattableString.Invariant($"{trouble}; returned to step {state.Adam.Steps} with {factor:G3} of the learning rate.")];
        state.Counters = state.Counters with { RateFactor = factor, Remarks = remarks };
        lastReport = TimeSpan.MinValue;
        Report(rate, double.NaN, epochEnded: false);
        return remarks.Count <= options.MaxRecoveries;
    }

    private void ReturnTo(SafetensorsFile capture)
    {
        state.Restore(capture);
        (guard.Smoothed, guard.Best) = (state.Counters.SmoothedLoss, state.Counters.BestSmoothedLoss);
    }

    private SafetensorsFile Captured()
    {
        state.Counters = state.Counters with { SmoothedLoss = guard.Smoothed, BestSmoothedLoss = guard.Best, ElapsedSeconds = Elapsed };
        return state.Capture();
    }

    private void WriteCheckpoint()
    {
        if (options.CheckpointPath is { } path)
        {
            using var capture = Captured();
            capture.Save(path);
        }
    }

    private void Report(double rate, double norm, bool epochEnded)
    {
        if (progress is null || (!epochEnded && lastReport != TimeSpan.MinValue && watch.Elapsed - lastReport < ReportInterval))
        {
            return;
        }

        lastReport = watch.Elapsed;
        var counters = state.Counters;
        var share = Math.Clamp(Progress, 1e-9, 1);
        progress.Report(new(
            epochEnded ? counters.Epoch : counters.Epoch + 1, options.MaxEpochs, state.Adam.Steps, TotalSteps,
            epochEnded ? counters.History[^1].TrainingNll : counters.EpochLoss / Math.Max(1, state.Batches.Position),
            counters.History is [.., var last] ? last.ValidationNll : null, rate, norm,
            TimeSpan.FromSeconds(Elapsed), TimeSpan.FromSeconds(Elapsed * (1 - share) / share), epochEnded, counters.Remarks));
    }
}
