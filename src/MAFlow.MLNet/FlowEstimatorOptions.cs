using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MAFlow.MLNet;

/// <summary>Options of both estimators, <see cref="MongeAmpereFlowEstimator"/> and <see cref="MongeAmpereFlowTrainer"/>. They are copied
/// when an estimator is made.</summary>
public abstract class FlowEstimatorOptions
{
    internal const double DefaultContamination = 0.01;

    private protected FlowEstimatorOptions()
    {
    }

    /// <summary>Name of the column of log-likelihoods, in nats of the original data; <see langword="null"/> for none.</summary>
    public string? LogLikelihoodColumnName { get; set; } = "LogLikelihood";

    /// <summary>Name of the column of anomaly scores, -ln p in nats unless a trainer measures something else;
    /// <see langword="null"/> for none.</summary>
    public string? ScoreColumnName { get; set; } = "Score";

    /// <summary>Name of the column that says whether a row is an anomaly; <see langword="null"/> for none.</summary>
    public string? PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>Share of ordinary rows that is called anomalies: it sets the threshold.</summary>
    /// <remarks>A threshold taken from n rows calls at least about 1/(n + 1) of other ordinary rows anomalies, so 0.01 needs 99 of them.
    /// The fit warns in the log where there are fewer, with their number.</remarks>
    /// <value>From 0 to 0.5; default 0.01.</value>
    public double Contamination { get; set; } = DefaultContamination;

    /// <summary>What is fitted to the data before the flow: dequantisation of pixels, logit, standardisation.</summary>
    /// <value>Null (default): what the estimator chooses.</value>
    public IReadOnlyList<BijectionFit>? Preprocessing { get; set; }

    /// <summary>Makes a potential, or one part of it: any family, one of your own included; see
    /// <see cref="DensityModelOptions.Potential"/>.</summary>
    /// <value>Null (default): a ridge potential of <see cref="HiddenUnits"/>. One of your own is loaded from a file once its kind is
    /// registered in <see cref="Kinds"/>.</value>
    public Func<PotentialContext, Potential>? Potential { get; set; }

    /// <summary>Number of hidden units of the ridge potential.</summary>
    /// <value>At least 1; null (default): what the estimator chooses.</value>
    public int? HiddenUnits { get; set; }

    /// <summary>Number K of equal parts of the horizon, each with a potential of its own.</summary>
    /// <value>At least 1; null (default): what the estimator chooses.</value>
    public int? Parts { get; set; }

    /// <summary>Number d of integration steps that training begins with; a flow of K parts takes K·⌈d/K⌉. It is doubled until the
    /// likelihood stands still.</summary>
    /// <value>At least 1; null (default): what the estimator chooses. The report says what training ended with.</value>
    public int? Depth { get; set; }

    /// <summary>Number of integration steps in scoring, sampling and decoding, doubled as often as that of training is.</summary>
    /// <value>At least 1; null (default): those that training ended with, at which its likelihoods are reported.</value>
    public int? ScoringDepth { get; set; }

    /// <summary>Method that integrates the flow, in training and in scoring.</summary>
    /// <remarks><see cref="ImplicitMidpoint"/> goes back exactly: what is decoded from a latent code is the row it came from.
    /// <see cref="Reversible"/> trains in memory that does not grow with the depth. Both are scored by tensors, which need libtorch, and
    /// have no ONNX form.</remarks>
    /// <value>Null (default): what the estimator chooses, as a rule the classic Runge-Kutta method.</value>
    public Integrator? Integrator { get; set; }

    /// <summary>Weight w of the kinetic energy w E ∫₀ᵀ |∇φ|² dt, which is added to what is minimised: short paths, as those of optimal
    /// transport, need fewer integration steps.</summary>
    /// <remarks>The likelihood pays for it. <see cref="TrainingReport.TransportCost"/> says what the paths cost in the end.</remarks>
    /// <value>At least 0; default 0: nothing is added.</value>
    public double TransportCost { get; set; }

    /// <summary>Largest number of passes over the training rows.</summary>
    /// <value>At least 1; null (default): what the estimator chooses.</value>
    public int? MaxEpochs { get; set; }

    /// <summary>Number of optimiser steps after which training ends; in their last quarter the learning rate falls to its end.</summary>
    /// <remarks>With <see cref="TrainingReport.RepeatableSteps"/> of a fit that ran short of time, and its seed, it repeats that
    /// fit.</remarks>
    /// <value>At least 1; null (default): no limit besides those of epochs and time.</value>
    public long? MaxSteps { get; set; }

    /// <summary>Highest learning rate of the schedule.</summary>
    /// <value>Positive; null (default): what the estimator chooses.</value>
    public double? LearningRate { get; set; }

    /// <summary>Whether training begins with a start without simulation; see <see cref="DensityTrainerOptions.Start"/>.</summary>
    /// <value>Null (default): what the estimator chooses, which is <see cref="StartMode.Auto"/>.</value>
    public StartMode? Start { get; set; }

    /// <summary>Rows that are evaluated together in scoring.</summary>
    /// <value>At least 1; default 256.</value>
    public int ScoringBatchSize { get; set; } = 256;

    /// <summary>Fits with the same seed and data are equal bit for bit on one machine, whatever its load, unless time runs short; a remark
    /// of
    /// the report then says which <see cref="MaxSteps"/> repeats the fit.</summary>
    /// <value>Null (default): the seed comes from the <see cref="MLContext"/>.</value>
    public int? Seed { get; set; }

    /// <summary>Whether training reads the table again for every epoch, through a shuffle buffer, so that it learns from all rows of a
    /// table larger than memory.</summary>
    /// <remarks>Preprocessing, held-out rows and threshold come from a random sample, for which the table is read once before; the start
    /// reads its beginning. An epoch is one pass. Shuffle a sorted table once before: the buffer holds 64 batches or 16,384 rows, whichever
    /// is more, in at most 64 MiB. The
    /// view has to give the same rows in the same order each time it is read.</remarks>
    /// <value>False (default): training holds the rows, or a random sample of them, in memory.</value>
    public bool Streaming { get; set; }

    /// <summary>GPU to train and score on.</summary>
    /// <value>At least 0; null (default): that of the <see cref="MLContext"/>, and where it has none the CPU.</value>
    public int? GpuDeviceId { get; set; }

    /// <summary>Whether the CPU will do where the GPU is absent.</summary>
    /// <value>Null (default): what the <see cref="MLContext"/> says.</value>
    public bool? FallbackToCpu { get; set; }

    /// <summary>The processes that fit one model together: each is given the same data and options, takes a part of every batch, and ends
    /// with the same model.</summary>
    /// <remarks>Process 0 tells the time, reports progress and writes checkpoints; it also gives the seed, where none is set.</remarks>
    /// <value>Null (default): this process alone. <see cref="MpiCollective.World"/>: those that mpirun started.</value>
    public ICollective? Collective { get; set; }

    /// <summary>Told how training goes, from the thread that trains.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Ends the training with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>What scores measure; null for the density.</summary>
    internal virtual MeasureOptions? Ranking => null;

    /// <summary>Whether the density is to be smooth rather than likely: what is near ordinary rows is ordinary.</summary>
    internal virtual bool PrefersSmoothDensity => false;

    /// <summary>How many features the columns of leading ones name, where there are such columns.</summary>
    internal virtual int LeadingCount => 0;

    /// <summary>Options of model and training with those that are set here in their places.</summary>
    internal (DensityModelOptions Model, DensityTrainerOptions Training) Over(
        DensityModelOptions model, DensityTrainerOptions training) => (
        model with
        {
            Bijections = Preprocessing ?? model.Bijections,
            Potential = Potential ?? model.Potential,
            HiddenUnits = HiddenUnits ?? model.HiddenUnits,
            Parts = Parts ?? model.Parts,
            Flow = model.Flow with { Depth = Depth ?? model.Flow.Depth, Integrator = Integrator ?? model.Flow.Integrator },
        },
        training with
        {
            MaxEpochs = MaxEpochs ?? training.MaxEpochs,
            MaxSteps = MaxSteps ?? training.MaxSteps,
            LearningRate = LearningRate ?? training.LearningRate,
            Collective = Collective ?? training.Collective,
            Start = Start ?? training.Start,
            Objective = TransportCost > 0 && double.IsFinite(TransportCost)
                ? training.Objective.Plus(Objective.KineticEnergy(TransportCost)) : training.Objective,
        });

    /// <summary>The contest that chooses the preprocessing, where neither that nor the potential is given and one would pay.</summary>
    /// <param name="rows">Number of rows to learn from.</param>
    /// <param name="features">Number of features.</param>
    /// <param name="seconds">What fitting may take.</param>
    internal PreprocessingContest? Contest(int rows, int features, double seconds) => Preprocessing is null && Potential is null
        ? PreprocessingContest.For(TableDefaults.Preprocessings(rows, PrefersSmoothDensity), features, seconds) : null;

    /// <summary>The seed of a fit: of process 0, since it also divides the rows.</summary>
    /// <param name="drawn">Used where none is set.</param>
    /// <param name="collective">The processes that fit together.</param>
    internal int SeedOr(int drawn, ICollective collective) =>
        collective.Size == 1 ? Seed ?? drawn : (int)collective.Sum(collective.Rank == 0 ? Seed ?? drawn : 0);

    /// <summary>Checks all options, those of model and training included.</summary>
    private protected void Validate(DensityModelOptions model, DensityTrainerOptions training)
    {
        Require(TransportCost is >= 0 and <= double.MaxValue, TransportCost, "a number of at least 0");
        (model, training) = Over(model, training);
        model.Validate();
        _ = new DensityTrainer(training);
        Require(Contamination is >= 0 and <= 0.5, Contamination, "a number from 0 to 0.5");
        Require(ScoringDepth is null or >= 1, ScoringDepth, "a number of at least 1, or null");
        Require(ScoringBatchSize >= 1, ScoringBatchSize, "a number of at least 1");
        Require(GpuDeviceId is null or >= 0, GpuDeviceId, "a number of at least 0, or null");
    }

    internal static void Require(
        bool valid, object? value, string expected, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!valid)
        {
            throw new ArgumentOutOfRangeException(
                name, value, FormattableString.Invariant($"Expected {expected} for the option {name}, got {value}."));
        }
    }
}
