using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Training on rows: shuffled batches, an epoch a round, validation likelihoods that choose the weights and end the
/// training.</summary>
/// <param name="subject">What is trained.</param>
/// <param name="training">Rows to learn from.</param>
/// <param name="validation">Rows to judge by, or null.</param>
/// <param name="monitored">Rows that are scored besides, by name.</param>
/// <param name="options">Options.</param>
/// <param name="agreement">Of the processes that train together.</param>
internal sealed class DensityTask(
    DensitySubject subject,
    RowSet training,
    RowSet? validation,
    IReadOnlyDictionary<string, RowSet> monitored,
    DensityTrainerOptions options,
    Agreement agreement)
    : TrainingTask(agreement)
{
    private const long RowsOfRoundCheck = 256;
    private const long RowsOfLastCheck = 2048;

    // Long steps make a flow stiff, and stiff flows make steps slow: where the depth doubles, the learning rate falls.
    private const double RateOfStiffness = 0.7;
    private readonly LikelihoodMeter _meter = new(subject, options, agreement);

    public override string Owner => subject.Owner;

    public override long Dimension => subject.Dimension;

    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => subject.Parameters;

    public override int Depth => subject.Depth;

    public override int Rounds => options.MaxEpochs;

    public override long Steps => options.MaxEpochs * PerEpoch;

    // Five times a second: steps of small models are far faster than a display.
    public override double ReportInterval => 0.2;

    public override bool KeepsBest => true;

    /// <summary>Rows to learn from in place of the training rows.</summary>
    public StreamedRows? Stream { get; init; }

    private long PerEpoch => (Stream?.Count ?? training.Count) / options.BatchSize;

    private RowSet Judging => validation ?? training;

    public override Minibatches MakeBatches() => Stream is null
        ? new Minibatches(training.Count, options.BatchSize)
        : new StreamedBatches(Stream, options.BatchSize, Stream.Capacity(options.BatchSize, Dimension),
            rows => subject.Require(new(rows), nameof(training), "the training rows"));

    public override TrainingCounters Begin(TrainingState state, Func<double> time, Action<double> report) =>
        new DensityStart(subject, options, Agreement, _meter) { Matching = options.Matching }
            .Begin(state, Sample, validation, time, report);

    public override TrainingIdentity Identity() => new(
        new Dictionary<string, string>(subject.Identity())
        {
            ["objective"] = options.Objective.Identity,
            ["options"] = IdentityText.Of(options, FormattableString.Invariant(
                $"depth tolerance {options.DepthTolerance:R}, start {options.Start}")),
            // A digest of a stream would take a pass of its own.
            ["data"] = (Stream is null ? "" : $"stream of {Stream.Count} rows in a buffer of "
                + $"{Stream.Capacity(options.BatchSize, Dimension)}; ")
                + IdentityText.Of(training.Rows, training.Context, validation?.Rows, validation?.Context),
        },
        IdentityText.Fingerprints(options.Objective.Energies));

    public override bool IsAnnealed => false;

    public override long RoundLength(TrainingCounters counters, long end) =>
        Math.Clamp(end - (counters.Round * PerEpoch), 0, PerEpoch);

    public override bool HasStalled(TrainingCounters counters) =>
        validation is not null && options.Patience is { } patience && counters.Round - counters.BestRound >= patience;

    public override double InverseTemperature(double progress) => 1;

    public override long RowsPerStep => options.BatchSize;

    public override IEnumerable<TrainingBatch> Batches(TrainingState state, double inverseTemperature)
    {
        var rows = state.Batches!.At(state.Counters.Position);
        var chosen = Stream is null ? training.Select(rows) : new(rows);
        // Of all rows on every process, so that the noise of a row does not depend on the number of processes.
        var (y, logDeterminant) = subject.Prepare(chosen.Rows, state.Generator);
        var (first, count) = Collective.Share(y.shape[0]);
        var flow = OfShare(subject.Flow(chosen.Context?.narrow(0, first, count), state.Counters.Depth), y.shape[0]);
        // A seed of its own, so that what an objective draws does not change order and noise of the rows.
        var seed = (options.Seed ^ 0x70726F626573UL) + ((ulong)state.Adam.Steps << 20);
        yield return new(
            options.Objective,
            new(
                flow, y.narrow(0, first, count), isData: true, inverseTemperature, seed, options.Objective.NeedsKineticEnergy,
                Stream is null ? rows.narrow(0, first, count) : null)
            {
                AllPoints = y,
                FirstPoint = first,
                LogDeterminant = logDeterminant.narrow(0, first, count),
            },
            options.Objective.ReportsLikelihood ? logDeterminant.mean().item<double>() : 0,
            Share: 1,
            y.shape[0]);
    }

    public override TrainingCounters Measure(TrainingState state, double rate)
    {
        var counters = Checked(state);
        var nll = validation is null ? (double?)null : _meter.MeanNll(validation, counters.Depth);
        var monitoredNll = monitored.ToDictionary(rows => rows.Key, rows => _meter.MeanNll(rows.Value, counters.Depth));
        var round = counters.Round + 1;
        var loss = counters.RoundLoss / counters.Position;
        var record = new TrainingRecord(round, state.Adam.Steps, loss, nll, monitoredNll, null, rate, state.Elapsed);
        counters = counters with { Round = round, History = [.. counters.History, record] };
        if (nll is { } number && !double.IsFinite(number))
        {
            return counters.Remarking(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {state.Adam.Steps}: the validation likelihood of epoch {round} is no finite number, because of "
                + $"{_meter.Culprits(validation!, counters.Depth)}; its weights are not kept. Remove or rescale such rows, or lower the "
                + $"learning rate."));
        }

        return nll is null || nll < counters.BestNll
            ? counters with { BestRound = round, BestNll = nll ?? double.PositiveInfinity }
            : counters;
    }

    public override TrainingCounters Finish(TrainingState state, StopReason reason)
    {
        var counters = state.Counters;
        var hasBest = validation is not null && counters.HasBest;
        if (validation is not null && !hasBest && counters.Round > 0)
        {
            counters = counters.Remarking(string.Create(CultureInfo.InvariantCulture,$"Step {state.Adam.Steps}: no epoch had a "
                + $"finite validation likelihood, so the initial weights are kept. Remove or rescale the rows named above."));
        }

        double? best = hasBest ? counters.BestNll : null;
        if (options.DepthTolerance is null)
        {
            return counters with { Outcome = new(reason, best, null, null, false, CostOfPaths(counters.Depth)) };
        }

        using var scope = NewDisposeScope();
        var rows = Judging.Spread(RowsOfLastCheck);
        var search = _meter.Search(rows, counters.Depth);
        counters = LikelihoodMeter.Refined(counters, state, search);
        if (!search.IsConverged)
        {
            counters = _meter.Limited(counters, state, search);
        }

        best = hasBest && search.Depth > state.Counters.Depth ? _meter.MeanNll(validation!, search.Depth) : best;
        var cost = CostOfPaths(counters.Depth);
        return counters with { Outcome = new(reason, best, null, search.Difference, search.IsConverged, cost) };
    }

    public override MongeAmpereFlowOptions FlowOptions => subject.Options();

    public override string? Remark => subject.Remark();

    public override void Choose(Precision precision) => subject.Choose(precision);

    public override void Refine(int depth) => subject.Refine(depth);

    /// <summary>At most so many rows in random order; of a stream, of those that fill its buffer first.</summary>
    private RowSet Sample(long most, Generator generator)
    {
        if (Stream is null)
        {
            var order = randperm(training.Count, dtype: int64, generator: generator);
            return training.Select(order.narrow(0, 0, Math.Min(most, training.Count)));
        }

        var capacity = Stream.Capacity(options.BatchSize, Dimension);
        using var buffer = new ShuffleBuffer(
            Stream, capacity, (int)RandomIndex.Next(int.MaxValue, generator),
            rows => subject.Require(new(rows), nameof(training), "the training rows"));
        buffer.Fill(() =>
        {
            Agreement.Cancellation.ThrowIfCancellationRequested();
            return false;
        });
        return new(buffer.Draw((int)Math.Min(most, capacity)));
    }

    /// <summary>Raises the depth where the averaged weights need it; the best likelihood so far, which may have been too good, is then
    /// taken anew.</summary>
    private TrainingCounters Checked(TrainingState state)
    {
        var counters = state.Counters;
        if (options.DepthTolerance is null)
        {
            return counters;
        }

        using var scope = NewDisposeScope();
        var rows = Judging.Spread(RowsOfRoundCheck);
        var search = _meter.Search(rows, counters.Depth);
        counters = search.Depth > counters.Depth
            ? LikelihoodMeter.Refined(counters, state, search) with
            {
                RateFactor = counters.RateFactor * Math.Pow(RateOfStiffness, Math.Log2((double)search.Depth / counters.Depth)),
            }
            : _meter.Relaxed(counters, state, search, rows);
        if (counters.Depth > state.Counters.Depth && validation is not null && counters.HasBest)
        {
            var nll = WeightAverage.While(state.Best, state.Parameters, () => _meter.MeanNll(validation, counters.Depth));
            counters = counters with { BestNll = double.IsFinite(nll) ? nll : double.PositiveInfinity };
        }

        return search.IsConverged || !double.IsFinite(search.Difference) || counters.LimitedDepth == counters.Depth
            ? counters
            : _meter.Limited(counters, state, search) with { LimitedDepth = counters.Depth };
    }

    private double? CostOfPaths(int depth) => options.Objective.NeedsKineticEnergy
        ? TransportCost.Of(subject, Judging, depth, options.Seed) : null;
}
