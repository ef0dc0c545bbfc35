using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace MAFlow.MLNet;

public sealed partial class MongeAmpereFlowEstimator
{
    /// <summary>Options for the <see cref="MongeAmpereFlowEstimator"/>. They are copied when the estimator is made.</summary>
    public sealed class Options
    {
        /// <summary>Name of the column of log-likelihoods, in nats of the original data; <see langword="null"/> for none.</summary>
        public string? LogLikelihoodColumnName { get; set; } = "LogLikelihood";

        /// <summary>Name of the column of anomaly scores; <see langword="null"/> for none.</summary>
        public string? ScoreColumnName { get; set; } = "Score";

        /// <summary>Name of the column that says whether a row is an anomaly; <see langword="null"/> for none.</summary>
        public string? PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>What is done to the data before the flow: dequantisation of pixels, logit, standardisation. The default gives it zero mean and unit covariance.</summary>
        public IReadOnlyList<BijectionFit> Preprocessing { get; set; } = [new Standardization(), new AffineGaussianization()];

        /// <summary>Width of the potential's hidden layer.</summary>
        public int HiddenUnits { get; set; } = 256;

        /// <summary>Number of equal parts of the horizon with a potential of their own, each as wide; <see cref="Depth"/> should be twice that or more.</summary>
        public int Parts { get; set; } = 1;

        /// <summary>The potential's activation function.</summary>
        public Activation Activation { get; set; } = Activation.Softplus;

        /// <summary>The directions in which the hidden units look before training: small subsets of features, or patches for images.</summary>
        public DirectionInitializer Directions { get; set; } = new FeatureSubsets();

        /// <summary>Time T for which the fluid flows.</summary>
        public double Horizon { get; set; } = 4;

        /// <summary>Number of integration steps in training.</summary>
        public int Depth { get; set; } = 12;

        /// <summary>Number of integration steps in scoring, sampling and decoding; <see langword="null"/> for <see cref="Depth"/>.</summary>
        public int? ScoringDepth { get; set; }

        /// <summary>Largest difference in nats that twice the depth may make to the likelihood of held-out rows at an epoch's end; beyond it the depth is
        /// doubled, up to eight times the one asked for, and that of scoring with it. <see langword="null"/>, the default, takes the depth as it is.</summary>
        public double? DepthTolerance { get; set; }

        /// <summary>Most passes over the training rows.</summary>
        public int MaximumEpochs { get; set; } = 100;

        /// <summary>Rows per optimisation step.</summary>
        public int BatchSize { get; set; } = 128;

        /// <summary>Highest learning rate of the schedule.</summary>
        public double LearningRate { get; set; } = 4e-3;

        /// <summary>Weight decay, decoupled from the gradient.</summary>
        public double WeightDecay { get; set; }

        /// <summary>Largest norm of the gradient; longer ones are shortened to it.</summary>
        public double MaximumGradientNorm { get; set; } = 100;

        /// <summary>Decay of the moving average of the weights, which is what is validated and kept; 0 for none.</summary>
        public double AverageDecay { get; set; } = 0.998;

        /// <summary>Share of the rows that is set aside to stop in time, from 0 to 0.5. Without effect where there is <see cref="ValidationData"/>.</summary>
        public double ValidationFraction { get; set; } = 0.1;

        /// <summary>Rows to stop in time by, with the input column; <see langword="null"/> sets <see cref="ValidationFraction"/> of the training data aside.</summary>
        public IDataView? ValidationData { get; set; }

        /// <summary>Epochs without improvement on the validation rows after which training stops; <see langword="null"/> for never.</summary>
        public int? Patience { get; set; } = 15;

        /// <summary>Training stops after this time with the best weights so far; <see langword="null"/> for no limit.</summary>
        public TimeSpan? TimeLimit { get; set; }

        /// <summary>Share of ordinary rows that is called anomalies, from 0 to 0.5: it sets the threshold.</summary>
        public double Contamination { get; set; } = 0.01;

        /// <summary>Rows that are evaluated together in scoring.</summary>
        public int ScoringBatchSize { get; set; } = 256;

        /// <summary>Fits with the same seed and data are equal; <see langword="null"/> takes the seed from the <see cref="MLContext"/>.</summary>
        public int? Seed { get; set; }

        /// <summary>GPU to train and score on; <see langword="null"/> asks the <see cref="MLContext"/>, and where that has none means the CPU.</summary>
        public int? GpuDeviceId { get; set; }

        /// <summary>Whether the CPU will do where the GPU is absent; <see langword="null"/> asks the <see cref="MLContext"/>.</summary>
        public bool? FallbackToCpu { get; set; }

        /// <summary>File from which training goes on, and to which it saves its state; <see langword="null"/> for none. Set <see cref="Seed"/> too:
        /// a training goes on only with the seed it began with.</summary>
        public string? CheckpointPath { get; set; }

        /// <summary>Told how training goes, from the thread that trains.</summary>
        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>Ends the training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            ArgumentNullException.ThrowIfNull(Preprocessing);
            ArgumentNullException.ThrowIfNull(Activation);
            ArgumentNullException.ThrowIfNull(Directions);
            AtLeast(HiddenUnits, 1);
            AtLeast(Parts, 1);
            AtLeast(Depth, 1);
            AtLeast(ScoringDepth ?? 1, 1, nameof(ScoringDepth));
            Require(DepthTolerance is null or > 0, DepthTolerance, "a positive number of nats, or null");
            AtLeast(MaximumEpochs, 1);
            AtLeast(BatchSize, 1);
            AtLeast(ScoringBatchSize, 1);
            AtLeast(Patience ?? 1, 1, nameof(Patience));
            AtLeast(GpuDeviceId ?? 0, 0, nameof(GpuDeviceId));
            Require(Horizon is > 0 and < double.PositiveInfinity, Horizon, "a positive number");
            Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, "a positive number");
            Require(WeightDecay is >= 0 and < double.PositiveInfinity, WeightDecay, "zero or a positive number");
            Require(MaximumGradientNorm > 0, MaximumGradientNorm, "a positive number");
            Require(AverageDecay is >= 0 and < 1, AverageDecay, "a number from 0 to below 1");
            Require(ValidationFraction is >= 0 and <= 0.5, ValidationFraction, "a number from 0 to 0.5");
            Require(Contamination is >= 0 and <= 0.5, Contamination, "a number from 0 to 0.5");
            Require(TimeLimit is null || TimeLimit > TimeSpan.Zero, TimeLimit, "a positive time, or null for no limit");
            return (Options)MemberwiseClone();
        }

        private static void AtLeast(int value, int least, [CallerArgumentExpression(nameof(value))] string name = "") =>
            Require(value >= least, value, $"a number of at least {least}", name);

        private static void Require(bool valid, object? value, string expected, [CallerArgumentExpression(nameof(value))] string name = "")
        {
            if (!valid)
            {
                throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected {expected} for the option {name}, got {value}."));
            }
        }
    }
}
