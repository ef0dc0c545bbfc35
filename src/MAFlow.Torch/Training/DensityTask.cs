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
    private const long RowsAtOnce = 512;
    private const long RowsOfRoundCheck = 256;
    private const long RowsOfLastCheck = 2048;

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

    public override TrainingIdentity Identity() => new(
        new Dictionary<string, string>(subject.Identity())
        {
            ["objective"] = options.Objective.Identity,
            ["options"] = IdentityText.Of(options, FormattableString.Invariant($"depth tolerance {options.DepthTolerance:R}")),
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
                Stream is null ? rows.narrow(0, first, count) : null),
            logDeterminant.mean().item<double>(),
            Share: 1,
            y.shape[0]);
    }

    public override TrainingCounters Measure(TrainingState state, double rate)
    {
        var counters = Checked(state);
        var nll = validation is null ? (double?)null : MeanNll(validation, counters.Depth);
        var monitoredNll = monitored.ToDictionary(rows => rows.Key, rows => MeanNll(rows.Value, counters.Depth));
        var round = counters.Round + 1;
        var loss = counters.RoundLoss / counters.Position;
        var record = new TrainingRecord(round, state.Adam.Steps, loss, nll, monitoredNll, null, rate, state.Elapsed);
        counters = counters with { Round = round, History = [.. counters.History, record] };
        if (nll is { } number && !double.IsFinite(number))
        {
            return counters.Remarking(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {state.Adam.Steps}: the validation likelihood of epoch {round} is no finite number, because of "
                + $"{Culprits(validation!, counters.Depth)}; its weights are not kept. Remove or rescale such rows, or lower the "
                + $"learning rate."));
        }

        return nll is null || nll < counters.BestNll
            ? counters with { BestRound = round, BestNll = nll ?? double.PositiveInfinity }
            : counters;
    }

    public override TrainingCounters Finish(TrainingState state, StopReason reason)
    {
        var counters = state.Counters;
        var hasBest = validation is not null && counters.BestRound > 0;
        if (validation is not null && counters.BestRound == 0 && counters.Round > 0)
        {
            counters = counters.Remarking(string.Create(CultureInfo.InvariantCulture,$"Step {state.Adam.Steps}: no epoch had a "
                + $"finite validation likelihood, so the initial weights are kept. Remove or rescale the rows named above."));
        }

        if (options.DepthTolerance is null)
        {
            return counters with { Outcome = new(reason, hasBest ? counters.BestNll : null, null, null, false) };
        }

        using var scope = NewDisposeScope();
        var rows = Judging.Spread(RowsOfLastCheck);
        var search = Search(rows, counters.Depth);
        counters = Refined(counters, state, search);
        if (!search.IsConverged)
        {
            counters = Limited(counters, state, search);
        }

        double? best = hasBest ? counters.BestNll : null;
        best = hasBest && search.Depth > state.Counters.Depth ? MeanNll(validation!, search.Depth) : best;
        return counters with { Outcome = new(reason, best, null, search.Difference, search.IsConverged) };
    }

    public override MongeAmpereFlowOptions FlowOptions => subject.Options();

    public override string? Remark => subject.Remark();

    public override void Choose(Precision precision) => subject.Choose(precision);

    public override void Refine(int depth) => subject.Refine(depth);

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
        var search = Search(Judging.Spread(RowsOfRoundCheck), counters.Depth);
        counters = Refined(counters, state, search);
        if (counters.Depth > state.Counters.Depth && validation is not null && counters.BestRound > 0)
        {
            var nll = WeightAverage.While(state.Best, state.Parameters, () => MeanNll(validation, counters.Depth));
            counters = counters with { BestNll = double.IsFinite(nll) ? nll : double.PositiveInfinity };
        }

        return search.IsConverged || !double.IsFinite(search.Difference) || counters.LimitedDepth == counters.Depth
            ? counters
            : Limited(counters, state, search) with { LimitedDepth = counters.Depth };
    }

    private DepthSearch Search(RowSet rows, int depth) =>
        new DepthDoubling(options.DepthTolerance!.Value, options.MaxDepth).Find(depth, trial => MeanNll(rows, trial));

    private static TrainingCounters Refined(TrainingCounters counters, TrainingState state, DepthSearch search) =>
        search.Depth == counters.Depth
        ? counters
        : (counters with { Depth = search.Depth }).Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: the NLL at depth {counters.Depth} had not converged; refined to {search.Depth}, where twice "
            + $"as many steps change it by {search.Difference:G2} nats."));

    private TrainingCounters Limited(TrainingCounters counters, TrainingState state, DepthSearch search) =>
        double.IsFinite(search.Difference)
        ? counters.Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: at depth {search.Depth} twice as many steps change the NLL by {search.Difference:G3} nats, "
            + $"more than the tolerance of {options.DepthTolerance:G3}, and MaxDepth is {options.MaxDepth}; likelihoods are "
            + $"uncertain by as much. Raise MaxDepth, lower the learning rate, or add weight decay."))
        : counters.Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: the NLL at depths {search.Depth} and {2 * search.Depth} is no finite number, so that its "
            + $"depth could not be checked. Remove or rescale extreme rows, or lower the learning rate."));

    private double MeanNll(RowSet rows, int depth)
    {
        using var all = NewDisposeScope();
        var told = zeros(1, dtype: float64);
        Together(
            cancellation =>
            {
                var (sum, (first, count)) = (0.0, Collective.Share(rows.Count));
                for (var start = first; start < first + count; start += RowsAtOnce)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var part = rows.Narrow(start, Math.Min(RowsAtOnce, first + count - start));
                    sum += subject.LogProb(part, depth).neg().sum().item<double>();
                }

                told.copy_(tensor([sum]));
            },
            told);
        return told.item<double>() / rows.Count;
    }

    /// <summary>Which rows have no finite likelihood, in words.</summary>
    private string Culprits(RowSet rows, int depth)
    {
        var found = new List<long>();
        for (var start = 0L; start < rows.Count; start += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var logProb = subject.LogProb(rows.Narrow(start, Math.Min(RowsAtOnce, rows.Count - start)), depth);
            found.AddRange(logProb.isfinite().logical_not().nonzero().data<long>().ToArray().Select(row => start + row));
        }

        return FormattableString.Invariant($"{found.Count} of {rows.Count} rows, first row {found.FirstOrDefault(-1)}");
    }
}
