using System.Diagnostics;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>Of several preprocessings the one behind which a short training makes the validation rows most likely.</summary>
/// <remarks>
/// What is best for a Gaussian need not be for a flow: maps of single features make pen strokes simple and bend what was round. So a small
/// flow is trained behind each candidate for the same few steps. A later candidate has to be better than an earlier
/// one by more than a standard error of the difference. The number of steps depends on nothing, so that a fit can be repeated; where time
/// is too short for all candidates, the log says so.
/// </remarks>
/// <param name="Candidates">Lists of bijections, the simplest first.</param>
internal sealed record PreprocessingContest(IReadOnlyList<IReadOnlyList<BijectionFit>> Candidates)
{
    internal const string TooShort = "Time was too short to try every preprocessing. The same seed may give another model in more time.";

    private const double ShareOfTime = 0.2;
    private const double MinSeconds = 3;
    private const long Steps = 60;
    private const int MaxFeatures = 256;
    private const int MinValidationRows = 30;
    private const int MaxUnits = 64;
    private const int MaxParts = 4;
    private const int MaxBatch = 128;

    /// <summary>A contest for a table, or null where one would not pay.</summary>
    /// <param name="candidates">Lists of bijections, the simplest first.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="seconds">What fitting may take.</param>
    public static PreprocessingContest? For(IReadOnlyList<IReadOnlyList<BijectionFit>> candidates, int features, double seconds) =>
        candidates.Count > 1 && features <= MaxFeatures && seconds >= MinSeconds ? new(candidates) : null;

    /// <summary>The untrained model behind the preprocessing that wins.</summary>
    /// <param name="model">Options of the model that is to be trained.</param>
    /// <param name="build">From options to an untrained model.</param>
    /// <param name="training">Options of training; the time limit is that of all of it.</param>
    /// <param name="rows">Rows to learn from, shape [rows, N].</param>
    /// <param name="validation">Rows to judge by, shape [rows, N].</param>
    /// <param name="say">Told what was found.</param>
    /// <param name="cancellation">Stops within a step.</param>
    public DensityModel Run(
        DensityModelOptions model, Func<DensityModelOptions, DensityModel> build, DensityTrainerOptions training, Tensor rows,
        Tensor? validation, Action<string> say, CancellationToken cancellation)
    {
        if (validation is null || validation.shape[0] < MinValidationRows)
        {
            return build(model with { Bijections = Candidates[0] });
        }

        using var scope = NewDisposeScope();
        var parts = Math.Min(model.Parts, MaxParts);
        var small = model with
        {
            HiddenUnits = Math.Min(model.HiddenUnits, MaxUnits), Parts = parts, Flow = model.Flow with { Depth = parts },
        };
        var brief = new DensityTrainer(training with
        {
            MaxSteps = Steps, CheckpointPath = null, ValidationFraction = 0, BatchSize = Math.Min(training.BatchSize, MaxBatch),
        });
        var watch = Stopwatch.StartNew();
        var trials = new List<DensityModel>();
        try
        {
            Tensor? likelihood = null;
            var best = 0;
            foreach (var candidate in Candidates)
            {
                trials.Add(build(small with { Bijections = candidate }));
                brief.Fit(trials[^1], rows, validation, null, null, cancellation);
                var reached = LogProb(trials[^1], validation, cancellation);
                var (gain, error) = Gain(reached, likelihood);
                say(FormattableString.Invariant($"{candidate[^2].GetType().Name}: {-reached.mean().item<double>():F3} nats ")
                    + $"per validation row after {Steps} steps.");
                if (likelihood is null || gain > error)
                {
                    (best, likelihood) = (trials.Count - 1, reached);
                }

                if (trials.Count < Candidates.Count && watch.Elapsed > ShareOfTime * training.TimeLimit)
                {
                    say(TooShort);
                    break;
                }
            }

            return build(model with { Bijections = [.. Candidates[best].Zip(trials[best].Preprocessing.Bijections, Again)] });
        }
        finally
        {
            trials.ForEach(trial => trial.Dispose());
        }
    }

    /// <summary>What has been fitted is not fitted again, unless there is something to be said about it.</summary>
    private static BijectionFit Again(BijectionFit fit, Bijection fitted) =>
        fitted.Remark is null ? BijectionFit.Given(fitted) : fit;

    private static Tensor LogProb(DensityModel model, Tensor rows, CancellationToken cancellation)
    {
        using var _ = no_grad();
        return cat([.. rows.split(512).Select(part =>
        {
            cancellation.ThrowIfCancellationRequested();
            return model.LogProb(part).to(float64).cpu();
        })]);
    }

    private static (double Gain, double Error) Gain(Tensor reached, Tensor? before)
    {
        if (before is null)
        {
            return (0, 0);
        }

        // A row without a likelihood under one of them decides nothing.
        using var scope = NewDisposeScope();
        var difference = reached.sub(before);
        difference = difference[difference.isfinite()];
        var count = difference.shape[0];
        return count < 2 ? (0, 0) : (difference.mean().item<double>(), difference.std(unbiased: true).item<double>() / Math.Sqrt(count));
    }
}
