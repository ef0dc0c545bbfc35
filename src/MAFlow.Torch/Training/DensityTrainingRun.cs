using static TorchSharp.torch;

namespace MAFlow.Torch;

/// <summary>One training from its first step, or from its checkpoint, to its end.</summary>
internal sealed class DensityTrainingRun : IDisposable
{
    private const double ReportInterval = 0.2;
    private readonly DensityModel model;
    private readonly Tensor training;
    private readonly Tensor? validation;
    private readonly IReadOnlyDictionary<string, Tensor> monitored;
    private readonly DensityTrainerOptions options;
    private readonly IProgress<TrainingProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly Minibatches batches;
    private readonly TrainingSession session;
    private readonly TrainingState state;
    private readonly DepthRefinement refinement;
    private double lastReport;

    public DensityTrainingRun(
        DensityModel model,
        Tensor training,
        Tensor? validation,
        IReadOnlyDictionary<string, Tensor> monitored,
        DensityTrainerOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        (this.model, this.training, this.validation, this.monitored) = (model, training, validation, monitored);
        (this.options, this.progress, this.cancellation) = (options, progress, cancellation);
        batches = new Minibatches(training.shape[0], options.BatchSize);
        state = new TrainingState(
            model.Flow.NamedParameters(), options.Shared, model.Flow.Potential.GetType().Name, $"{training.shape[0]} rows in batches of {options.BatchSize}", batches);
        session = new TrainingSession(state, options.Shared, model.Dimension);
        if (!session.IsResumed)
        {
            batches.Shuffle(state.Generator);
        }

        state.Counters = state.Counters with { Depth = Math.Max(state.Counters.Depth, model.Flow.Options.Depth) };

        refinement = new DepthRefinement(model, validation ?? training, options.DepthTolerance, options.MaxDepth);
        session.MarkGood();
    }

    private long TotalSteps => options.MaxEpochs * batches.PerEpoch;

    private double Progress => session.Progress(TotalSteps);

    public TrainingReport ToEnd()
    {
        try
        {
            var reason = RunEpochs();
            WeightAverage.Copy(state.Best, state.Parameters);
            model.Refine(state.Counters.Depth);
            if (!options.KeepCheckpoint)
            {
                session.DeleteCheckpoint();
            }

            var counters = state.Counters;
            return new(
                counters.History, counters.BestEpoch, validation is null || counters.BestEpoch == 0 ? null : counters.BestNll,
                state.Adam.Steps, [.. counters.Remarks, .. counters.DepthRemarks], reason, TimeSpan.FromSeconds(session.Elapsed)) { Depth = counters.Depth };
        }
        catch
        {
            // Cancelled, or a callback threw: the model stays usable.
            WeightAverage.Copy(state.Counters.BestEpoch > 0 ? state.Best : state.Average.Values, state.Parameters);
            model.Refine(state.Counters.Depth);
            throw;
        }
    }

    public void Dispose() => session.Dispose();

    /// <summary>Runs epochs until one of the reasons to stop.</summary>
    private StopReason RunEpochs()
    {
        try
        {
            while (state.Counters.Epoch < options.MaxEpochs)
            {
                if (session.TimeIsUp)
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
            session.WriteCheckpoint();
            throw;
        }
    }

    /// <summary>Runs the rest of the current epoch.</summary>
    /// <returns>False when the loss diverged once too often.</returns>
    private bool RunEpoch()
    {
        // A time limit may cut an epoch short, but each epoch has a first step.
        while (batches.Position < batches.PerEpoch && !(session.TimeIsUp && batches.Position > 0))
        {
            cancellation.ThrowIfCancellationRequested();
            var (number, rate) = (state.Adam.Steps + 1, session.Rate(Progress));
            var (loss, norm) = Step(rate);
            if (session.Trouble(loss, norm) is { } trouble)
            {
                if (!Recover(FormattableString.Invariant($"Step {number}: {trouble}"), rate))
                {
                    return false;
                }

                continue;
            }

            state.Counters = state.Counters with { EpochLoss = state.Counters.EpochLoss + loss };
            Report(rate, norm, epochEnded: false);
            if (options.CheckpointEverySteps is { } every && state.Adam.Steps % every == 0 && batches.Position < batches.PerEpoch)
            {
                session.WriteCheckpoint();
            }
        }

        EndEpoch();
        return true;
    }

    private (double Loss, double GradientNorm) Step(double rate)
    {
        using var scope = NewDisposeScope();
        var rows = training.index_select(0, batches.Next());
        var (y, logDeterminant) = model.Preprocessing.Forward(rows, state.Generator);
        var loss = model.Flow.LogProb(y, state.Counters.Depth, generator: state.Generator).mean().neg();
        var (value, norm) = session.Descend(loss, rate);
        return (value - logDeterminant.mean().item<double>(), norm);
    }

    private void EndEpoch()
    {
        Refine();
        var (nll, monitoredNll) = state.Average.While(() => (validation is null ? (double?)null : MeanNll(validation), monitored.ToDictionary(rows => rows.Key, rows => MeanNll(rows.Value))));
        var counters = state.Counters;
        var epoch = counters.Epoch + 1;
        var rate = session.Rate(Progress);
        var record = new EpochRecord(epoch, counters.EpochLoss / batches.Position, nll, rate, session.Elapsed) { MonitoredNll = monitoredNll };
        counters = counters with { Epoch = epoch, History = [.. counters.History, record] };
        if (nll is null || nll < counters.BestNll)
        {
            counters = counters with { BestEpoch = epoch, BestNll = nll ?? double.PositiveInfinity };
            WeightAverage.Copy(state.Average.Values, state.Best);
        }

        // The state is that of the next epoch's start before anything outside can interrupt.
        state.Counters = counters with { EpochLoss = 0 };
        batches.Shuffle(state.Generator);
        session.MarkGood();
        session.WriteCheckpoint();

        Report(rate, 0, epochEnded: true);
    }

    private double MeanNll(Tensor rows) => model.Evaluate(rows, depth: state.Counters.Depth, cancellationToken: cancellation).MeanNll;

    /// <summary>Raises the depth where the averaged weights need it; likelihoods so far are then forgotten, since they may have been too good.</summary>
    private void Refine()
    {
        var counters = state.Counters;
        var (depth, difference) = state.Average.While(() => refinement.Find(counters.Depth, cancellation));
        if (depth > counters.Depth)
        {
            var remark = FormattableString.Invariant($"Step {state.Adam.Steps}: the NLL at depth {counters.Depth} was {difference:G3} nats off that at twice the depth; refined to {depth}.");
            state.Counters = counters with { Depth = depth, DepthRemarks = [.. counters.DepthRemarks, remark], BestNll = double.PositiveInfinity };
            session.RestartGuard();
        }
    }

    /// <summary>Goes back to the last good state with half the rate.</summary>
    private bool Recover(string trouble, double rate)
    {
        var goesOn = session.Recover(trouble);
        lastReport = double.NegativeInfinity;
        Report(rate, double.NaN, epochEnded: false);
        return goesOn;
    }

    private void Report(double rate, double norm, bool epochEnded)
    {
        if (progress is null || (!epochEnded && session.Elapsed - lastReport < ReportInterval))
        {
            return;
        }

        lastReport = session.Elapsed;
        var counters = state.Counters;
        var share = Math.Clamp(Progress, 1e-9, 1);
        progress.Report(new(
            epochEnded ? counters.Epoch : counters.Epoch + 1, options.MaxEpochs, state.Adam.Steps, TotalSteps,
            epochEnded ? counters.History[^1].TrainingNll : counters.EpochLoss / Math.Max(1, batches.Position),
            counters.History is [.., var last] ? last.ValidationNll : null, rate, norm,
            TimeSpan.FromSeconds(session.Elapsed), TimeSpan.FromSeconds(session.Elapsed * (1 - share) / share), epochEnded,
            [.. counters.Remarks, .. counters.DepthRemarks], counters.History));
    }
}
