using Microsoft.ML;

namespace MAFlow.MLNet;

public sealed partial class MongeAmpereFlowTrainer
{
    /// <summary>Options for the <see cref="MongeAmpereFlowTrainer"/>. Those that are null follow from the numbers of rows and features.</summary>
    public sealed class Options
    {
        /// <summary>Name of the column to learn: a known-size vector of <see cref="float"/>.</summary>
        public string FeatureColumnName { get; set; } = "Features";

        /// <summary>Name of the column of anomaly scores; <see langword="null"/> for none.</summary>
        public string? ScoreColumnName { get; set; } = "Score";

        /// <summary>Name of the column that says whether a row is an anomaly; <see langword="null"/> for none.</summary>
        public string? PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Name of the column of log-likelihoods; <see langword="null"/> for none.</summary>
        public string? LogLikelihoodColumnName { get; set; } = "LogLikelihood";

        /// <summary>Name of the column of p-values.</summary>
        public string PValueColumnName { get; set; } = "PValue";

        /// <summary>Name of the column that says how each feature moves the score, for example "Contributions"; <see langword="null"/>, the default,
        /// for none. It makes scoring a few times slower.</summary>
        public string? ContributionsColumnName { get; set; }

        /// <summary>Share of ordinary rows that is called anomalies, from 0 to 0.5: it sets the threshold.</summary>
        public double Contamination { get; set; } = 0.01;

        /// <summary>Most seconds that fitting may take, reading aside; it then ends with the best weights so far.</summary>
        public double MaximumSeconds { get; set; } = 60;

        /// <summary>Most rows that are kept in memory to learn from, at least 10: of more rows a uniform random sample is kept, while the table is read once
        /// from the first row to the last. <see langword="null"/>, the default, keeps 20 million numbers, but at least 1,000 rows and at most 200,000.</summary>
        public int? MaximumRows { get; set; }

        /// <summary>Most passes over the training rows.</summary>
        public int? MaximumEpochs { get; set; }

        /// <summary>Width of the potential's hidden layer.</summary>
        public int? HiddenUnits { get; set; }

        /// <summary>Number of equal parts of the flow's time with a potential of their own.</summary>
        public int? Parts { get; set; }

        /// <summary>Number of integration steps in training, doubled where that proves too few; scoring takes twice as many.</summary>
        public int? Depth { get; set; }

        /// <summary>Highest learning rate of the schedule.</summary>
        public double? LearningRate { get; set; }

        /// <summary>What is done to the data before the flow.</summary>
        public IReadOnlyList<BijectionFit>? Preprocessing { get; set; }

        /// <summary>Rows that are evaluated together in scoring.</summary>
        public int ScoringBatchSize { get; set; } = 256;

        /// <summary>Fits with the same seed and data are equal, unless time runs out; <see langword="null"/> takes the seed from the <see cref="MLContext"/>.</summary>
        public int? Seed { get; set; }

        /// <summary>GPU to train and score on; <see langword="null"/> asks the <see cref="MLContext"/>, and where that has none means the CPU.</summary>
        public int? GpuDeviceId { get; set; }

        /// <summary>Whether the CPU will do where the GPU is absent; <see langword="null"/> asks the <see cref="MLContext"/>.</summary>
        public bool? FallbackToCpu { get; set; }

        /// <summary>Told how training goes, from the thread that trains.</summary>
        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>Ends the training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal FlowColumns Columns() => new(FeatureColumnName, Output: null, LogLikelihoodColumnName, ScoreColumnName, PredictedLabelColumnName,
            PValueColumnName, ContributionsColumnName);

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            if (!(MaximumSeconds is > 0 and <= 1e6))
            {
                throw new ArgumentOutOfRangeException(nameof(MaximumSeconds), MaximumSeconds,
                    FormattableString.Invariant($"Expected a positive number of seconds, at most a million, for the option MaximumSeconds, got {MaximumSeconds}."));
            }

            if (MaximumRows < FewestRows)
            {
                throw new ArgumentOutOfRangeException(nameof(MaximumRows), MaximumRows,
                    $"Expected at least {FewestRows} rows to learn from for the option MaximumRows, or null, got {MaximumRows}.");
            }

            ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
            ArgumentException.ThrowIfNullOrEmpty(PValueColumnName);
            _ = ForTable(trainingRows: 1, features: 1, TimeSpan.FromSeconds(MaximumSeconds));
            return (Options)MemberwiseClone();
        }

        /// <summary>The flow's options for a table: the defaults, and what the user has set.</summary>
        internal MongeAmpereFlowEstimator.Options ForTable(int trainingRows, int features, TimeSpan timeLimit)
        {
            var options = TableDefaults.Choose(trainingRows, features);
            options.HiddenUnits = HiddenUnits ?? options.HiddenUnits;
            options.Parts = Parts ?? options.Parts;
            options.Depth = Depth ?? options.Depth;
            options.ScoringDepth = 2 * options.Depth;
            options.MaximumEpochs = MaximumEpochs ?? options.MaximumEpochs;
            options.LearningRate = LearningRate ?? options.LearningRate;
            options.Preprocessing = Preprocessing ?? options.Preprocessing;
            options.TimeLimit = timeLimit;
            (options.Contamination, options.ScoringBatchSize, options.Seed) = (Contamination, ScoringBatchSize, Seed);
            (options.GpuDeviceId, options.FallbackToCpu) = (GpuDeviceId, FallbackToCpu);
            (options.Progress, options.CancellationToken) = (Progress, CancellationToken);
            return options.Validated();
        }
    }
}
