using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>A start without simulation as a part of training: rows for it, likelihoods before and after, and the decision.</summary>
/// <param name="subject">What is trained.</param>
/// <param name="options">Options.</param>
/// <param name="agreement">Of the processes, each of which finds the same start; the numbers of process 0 hold.</param>
/// <param name="meter">Likelihoods.</param>
internal sealed class DensityStart(
    DensitySubject subject, DensityTrainerOptions options, Agreement agreement, LikelihoodMeter meter)
{
    private const long MaxJudged = 2_048;
    private const double ShareLeftOut = 0.2;
    private const double ShareOfTime = 0.8;
    private const double UsualTolerance = 0.01;

    // What a doubling of the depth has to be worth, in nats per coordinate: it doubles the time of every step that follows.
    private const double WorthOfDoubling = 0.01;

    // On the 64 pixels of digits the units of a start ended a nat behind those that were drawn.
    private const long MostCoordinates = 32;

    // A stream of its own, so that training draws the same numbers with and without a start.
    private const ulong SeedOfStart = 0x7374617274UL;

    /// <summary>Numbers and shares.</summary>
    public MatchingOptions Matching { get; init; } = new();

    /// <summary>Finds a start and keeps it where it helps.</summary>
    /// <param name="state">Of a training that has taken no step.</param>
    /// <param name="training">Draws so many rows to learn from.</param>
    /// <param name="validation">Rows to judge by; null for some of those that were drawn.</param>
    /// <param name="time">Share of the time that is gone.</param>
    /// <param name="report">Told the NLL before, while the start is looked for.</param>
    /// <returns>The counters with a report, if there was anything to do.</returns>
    /// <exception cref="ArgumentException">A start is asked for that the potential does not allow.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for; the weights are as before.</exception>
    public TrainingCounters Begin(
        TrainingState state, Func<long, Generator, RowSet> training, RowSet? validation, Func<double> time, Action<double> report)
    {
        if (Pieces() is not { } pieces)
        {
            return state.Counters;
        }

        using var scope = NewDisposeScope();
        var (begun, counters) = (state.Elapsed, state.Counters);
        var isUsed = false;
        try
        {
            using var generator = new Generator(options.Seed ^ SeedOfStart);
            RowSet? sample = null;
            agreement.Together(_ => sample = training(Matching.MaxRows, generator));
            var held = Math.Max((long)(sample!.Count * ShareLeftOut), 1);
            var (leftOut, fitted) = (sample.Narrow(0, held), sample.Narrow(held, sample.Count - held));
            var judged = (validation ?? leftOut).Spread(MaxJudged);
            var before = pieces.AreAtRest ? meter.MeanNll(judged, 1) : meter.MeanNll(judged, counters.Depth);
            var isFound = Find(pieces, fitted, leftOut, validation is not null, generator, () =>
            {
                report(before);
                return time() < ShareOfTime;
            });
            state.TakeWeightsOfFirst(agreement.Collective);
            if (!isFound)
            {
                return counters with
                {
                    IsStartCut = true,
                    Start = new(before, null, false, counters.Depth, state.Elapsed - begun, "Most of the time limit was gone before it "
                        + "was found. Raise TimeLimit, or set Start to None; MaxSteps cannot repeat this training."),
                };
            }

            var search = Search(judged, counters.Depth);
            var remark = Objection(before, search, counters.Depth);
            isUsed = remark is null;
            var result = new StartReport(
                before, double.IsFinite(search.Value) ? search.Value : null, isUsed, search.Depth, state.Elapsed - begun, remark);
            if (isUsed)
            {
                WeightAverage.Copy(state.Parameters, state.Average.Values);
                WeightAverage.Copy(state.Parameters, state.Best);
                counters = LikelihoodMeter.Refined(counters, state, search);
                counters = validation is null ? counters : counters with { BestNll = meter.MeanNll(validation, counters.Depth) };
            }

            return counters with { Start = result };
        }
        finally
        {
            if (!isUsed)
            {
                WeightAverage.Copy(state.Average.Values, state.Parameters);
            }
        }
    }

    /// <summary>Gives each piece its units, from the last to the first.</summary>
    /// <returns>Whether there was time for all.</returns>
    private bool Find(MatchedPieces pieces, RowSet fitted, RowSet leftOut, bool refits, Generator generator, Func<bool> next)
    {
        (Tensor Fitted, Tensor LeftOut) rows = default;
        agreement.Together(_ => rows = (Points(fitted, generator), Points(leftOut, generator)));
        var matching = Matching.For(fitted.Count);
        for (var k = pieces.Count - 1; k >= 0; k--)
        {
            agreement.ThrowIfCancelled();
            if (!next())
            {
                return false;
            }

            agreement.Together(cancellation => rows = pieces.Find(k, rows, refits, matching, generator, cancellation));
        }

        return true;
    }

    /// <summary>The pieces of a flow that is to be given a start; null where it is to begin as it is.</summary>
    private MatchedPieces? Pieces()
    {
        if (options.Start == StartMode.None)
        {
            return null;
        }

        var pieces = subject.Unconditional is { } flow ? MatchedPieces.Of(flow) : null;
        if (options.Start == StartMode.Always)
        {
            return pieces ?? throw new ArgumentException(
                $"Expected a flow of ridge potentials without contexts, one for each part of the horizon, where Start is Always, got "
                + $"{subject.Owner}; set Start to Auto.");
        }

        return pieces is { AreAtRest: true } && options.Objective.IsLikelihood && subject.Dimension <= MostCoordinates
            ? pieces : null;
    }

    /// <summary>Rows in the coordinates of the potential, float64.</summary>
    private Tensor Points(RowSet rows, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var flow = subject.Unconditional!;
        var y = subject.Prepare(rows.Rows, generator).Points;
        var (type, device) = flow.Placement();
        var x = flow.Bijection is { } bijection ? bijection.Forward(y.to(type, device)).Points : y;
        return x.detach().to(float64).cpu().alias().MoveToOuterDisposeScope();
    }

    private DepthSearch Search(RowSet rows, int depth) => options.DepthTolerance is null
        ? new DepthDoubling(UsualTolerance, depth).Find(depth, trial => meter.MeanNll(rows, trial))
        : meter.Search(rows, depth);

    /// <summary>Why a start is not kept, or null.</summary>
    private string? Objection(double before, DepthSearch search, int depth)
    {
        if (!double.IsFinite(search.Value) || !search.IsConverged)
        {
            return string.Create(CultureInfo.InvariantCulture, $"At depth {search.Depth} twice as many steps change its NLL by "
                + $"{search.Difference:G3} nats.");
        }

        if (options.Start == StartMode.Always)
        {
            return null;
        }

        var (gain, price) = (before - search.Value, WorthOfDoubling * subject.Dimension * Math.Log2((double)search.Depth / depth));
        return gain > Math.Max(price, Math.Abs(search.Difference)) ? null : string.Create(
            CultureInfo.InvariantCulture, $"It changes the NLL by {-gain:G3} nats, at depth {search.Depth} instead of {depth}.");
    }
}
