using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Likelihoods of rows under the current weights, and the depth at which they no longer change.</summary>
/// <param name="subject">What is trained.</param>
/// <param name="options">Tolerance and largest depth.</param>
/// <param name="agreement">Of the processes, each of which scores its share of the rows.</param>
internal sealed class LikelihoodMeter(DensitySubject subject, DensityTrainerOptions options, Agreement agreement)
{
    private const long RowsAtOnce = 512;

    // Half the depth has sixteen times the error of the classic Runge-Kutta method: below this share it is tried.
    private const double ShareToTry = 1 / 8.0;
    private const double ShareToAccept = 0.5;

    /// <summary>The depth at which the mean NLL of rows no longer changes, within the tolerance that is set.</summary>
    public DepthSearch Search(RowSet rows, int depth) =>
        new DepthDoubling(options.DepthTolerance!.Value, options.MaxDepth).Find(depth, trial => MeanNll(rows, trial));

    /// <summary>Raises the depth to where a search ended, and says so.</summary>
    public static TrainingCounters Refined(TrainingCounters counters, TrainingState state, DepthSearch search) =>
        search.Depth == counters.Depth
        ? counters
        : (counters with { Depth = search.Depth }).Remarking(string.Create(
            CultureInfo.InvariantCulture,
            $"Step {state.Adam.Steps}: the NLL at depth {counters.Depth} had not converged; refined to {search.Depth}, where twice "
            + $"as many steps change it by {search.Difference:G2} nats."));

    /// <summary>Halves a depth that has been raised where half of it is enough again, and says so.</summary>
    /// <param name="counters">Whose depth a search has confirmed.</param>
    /// <param name="state">For the number of the step.</param>
    /// <param name="search">The search.</param>
    /// <param name="rows">What it looked at.</param>
    public TrainingCounters Relaxed(TrainingCounters counters, TrainingState state, DepthSearch search, RowSet rows)
    {
        var (half, tolerance) = (counters.Depth / 2, options.DepthTolerance!.Value);
        if (counters.Depth % 2 != 0 || half < counters.AskedDepth || !(Math.Abs(search.Difference) <= ShareToTry * tolerance))
        {
            return counters;
        }

        var difference = search.Value - MeanNll(rows, half);
        return Math.Abs(difference) <= ShareToAccept * tolerance
            ? (counters with { Depth = half }).Remarking(string.Create(
                CultureInfo.InvariantCulture,
                $"Step {state.Adam.Steps}: depth {half} is enough again; twice as many steps change the NLL by {difference:G2} nats."))
            : counters;
    }

    /// <summary>Says that a search did not converge.</summary>
    public TrainingCounters Limited(TrainingCounters counters, TrainingState state, DepthSearch search) =>
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

    /// <summary>Mean -ln p at a depth, in nats; where the objective leaves rows out, without as many of the least likely ones.</summary>
    public double MeanNll(RowSet rows, int depth)
    {
        using var all = NewDisposeScope();
        var told = zeros(rows.Count, dtype: float64);
        agreement.Together(
            cancellation =>
            {
                var (first, count) = agreement.Collective.Share(rows.Count);
                for (var start = first; start < first + count; start += RowsAtOnce)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    var part = rows.Narrow(start, Math.Min(RowsAtOnce, first + count - start));
                    told.narrow(0, start, part.Count).copy_(subject.LogProb(part, depth).neg());
                }
            },
            told);
        var share = options.Objective.TrimmedShare;
        return (share > 0 ? told.index_select(0, TrimmedLikelihood.Kept(told, share)) : told).mean().item<double>();
    }

    /// <summary>Which rows have no finite likelihood, in words.</summary>
    public string Culprits(RowSet rows, int depth)
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
