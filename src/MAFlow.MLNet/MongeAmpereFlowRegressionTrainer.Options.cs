namespace MAFlow.MLNet;

public sealed partial class MongeAmpereFlowRegressionTrainer
{
    /// <summary>Options for the <see cref="MongeAmpereFlowRegressionTrainer"/>. Those that are null follow from the number of
    /// rows.</summary>
    public sealed class Options
    {
        internal const string DefaultLabelColumnName = "Label";
        internal const string DefaultFeatureColumnName = "Features";
        internal const double DefaultMaxSeconds = 60;

        /// <summary>Name of the column to predict: a <see cref="float"/>.</summary>
        public string LabelColumnName { get; set; } = DefaultLabelColumnName;

        /// <summary>Name of the column to predict from: a known-size vector of <see cref="float"/>.</summary>
        public string FeatureColumnName { get; set; } = DefaultFeatureColumnName;

        /// <summary>Name of the column of predictive means; <see langword="null"/> for none.</summary>
        public string? ScoreColumnName { get; set; } = "Score";

        /// <summary>Name of the column of predictive standard deviations; <see langword="null"/> for none.</summary>
        public string? StandardDeviationColumnName { get; set; } = "StandardDeviation";

        /// <summary>Name of the column of quantiles; <see langword="null"/> for none.</summary>
        public string? QuantilesColumnName { get; set; } = "Quantiles";

        /// <summary>Name of the column of log-likelihoods of the labels, in nats; <see langword="null"/> for none.</summary>
        public string? LogLikelihoodColumnName { get; set; } = "LogLikelihood";

        /// <summary>Levels of the quantiles, which are also the names of their slots.</summary>
        /// <value>Ascending, above 0 and below 1; default 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95.</value>
        public IReadOnlyList<double> QuantileLevels { get; set; } = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];

        /// <summary>Number of hidden units of each part's potential.</summary>
        /// <value>At least 1; null (default): what the trainer chooses.</value>
        public int? HiddenUnits { get; set; }

        /// <summary>Number of hidden units of each network of the features.</summary>
        /// <value>At least 1; null (default): what the trainer chooses.</value>
        public int? ContextUnits { get; set; }

        /// <summary>Largest number of passes over the training rows.</summary>
        /// <value>At least 1; null (default): what the trainer chooses.</value>
        public int? MaxEpochs { get; set; }

        /// <summary>Number of optimiser steps after which training ends.</summary>
        /// <value>At least 1; null (default): what the trainer chooses. With <see cref="TrainingReport.RepeatableSteps"/> of a fit that ran
        /// short of time, and its seed, it repeats that fit.</value>
        public long? MaxSteps { get; set; }

        /// <summary>Highest learning rate of the schedule.</summary>
        /// <value>Positive; null (default): what the trainer chooses.</value>
        public double? LearningRate { get; set; }

        /// <summary>Largest number of seconds that fitting may take; it then ends with the best weights so far.</summary>
        /// <value>Positive, at most a million; default 60.</value>
        public double MaxSeconds { get; set; } = DefaultMaxSeconds;

        /// <summary>Largest number of rows that are kept in memory to learn from: of more rows a uniform random sample is kept.</summary>
        /// <value>At least 20; default 200,000.</value>
        public int MaxRows { get; set; } = 200_000;

        /// <summary>Rows that are read together in scoring.</summary>
        /// <value>At least 1; default 256.</value>
        public int ScoringBatchSize { get; set; } = 256;

        /// <summary>Fits with the same seed and data are equal bit for bit on one machine, unless time runs short.</summary>
        /// <value>Null (default): the seed comes from the <see cref="Microsoft.ML.MLContext"/>.</value>
        public int? Seed { get; set; }

        /// <summary>GPU to train and score on.</summary>
        /// <value>At least 0; null (default): that of the <see cref="Microsoft.ML.MLContext"/>, and where it has none the CPU.</value>
        public int? GpuDeviceId { get; set; }

        /// <summary>Whether the CPU will do where the GPU is absent.</summary>
        /// <value>Null (default): what the <see cref="Microsoft.ML.MLContext"/> says.</value>
        public bool? FallbackToCpu { get; set; }

        /// <summary>Told how training goes, from the thread that trains.</summary>
        public IProgress<TrainingProgress>? Progress { get; set; }

        /// <summary>Ends the training with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken CancellationToken { get; set; }

        internal RegressionSettings Settings() => new(
            new(FeatureColumnName, LabelColumnName, ScoreColumnName, StandardDeviationColumnName, QuantilesColumnName,
                LogLikelihoodColumnName),
            [.. QuantileLevels], ScoringBatchSize);

        /// <summary>The options of model and training for so many training rows.</summary>
        internal (ConditionalDensityModelOptions Model, DensityTrainerOptions Training) For(int rows)
        {
            var (model, training) = ConditionalDefaults.Choose(rows, dimension: 1);
            return (
                model with { HiddenUnits = HiddenUnits ?? model.HiddenUnits, ContextUnits = ContextUnits ?? model.ContextUnits },
                training with
                {
                    MaxEpochs = MaxEpochs ?? training.MaxEpochs, MaxSteps = MaxSteps,
                    LearningRate = LearningRate ?? training.LearningRate,
                });
        }

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            RegressionSettings.RequireLevels(QuantileLevels);
            Settings().Columns.Validate();
            FlowEstimatorOptions.Require(MaxSeconds is > 0 and <= 1e6, MaxSeconds, "a positive number of seconds, at most a million,");
            FlowEstimatorOptions.Require(
                MaxRows >= ConditionalDefaults.MinRows, MaxRows, $"at least {ConditionalDefaults.MinRows} rows to learn from");
            FlowEstimatorOptions.Require(ScoringBatchSize >= 1, ScoringBatchSize, "a number of at least 1");
            FlowEstimatorOptions.Require(GpuDeviceId is null or >= 0, GpuDeviceId, "a number of at least 0, or null");
            var (model, training) = For(ConditionalDefaults.MinRows);
            model.Validate();
            _ = new DensityTrainer(training);
            return (Options)MemberwiseClone();
        }
    }
}
