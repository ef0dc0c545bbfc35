namespace MAFlow.MLNet;

public sealed partial class MongeAmpereFlowTrainer
{
    /// <summary>Options for the <see cref="MongeAmpereFlowTrainer"/>. Those that are null follow from the numbers of rows and
    /// features.</summary>
    public sealed class Options : FlowEstimatorOptions
    {
        internal const string DefaultFeatureColumnName = "Features";
        internal const double DefaultMaxSeconds = 30;
        private const string LeadingFeaturesColumn = "LeadingFeatures";
        private const string LeadingContributionsColumn = "LeadingContributions";

        /// <summary>Name of the column to learn: a known-size vector of <see cref="float"/>.</summary>
        public string FeatureColumnName { get; set; } = DefaultFeatureColumnName;

        /// <summary>Name of the column of p-values.</summary>
        public string PValueColumnName { get; set; } = "PValue";

        /// <summary>Name of the column that says how each feature moves -ln p, for example "Contributions". Reading it makes scoring
        /// a few times slower.</summary>
        /// <value>Null (default): no such column.</value>
        public string? ContributionsColumnName { get; set; }

        /// <summary>Number k of features that columns LeadingFeatures, their names, and LeadingContributions, their contributions, have of
        /// each row: those that move -ln p most, the largest first.</summary>
        /// <value>At least 1, and no more count than there are features; null (default): no such columns.</value>
        public int? LeadingContributions { get; set; }

        /// <summary>Largest number of seconds that fitting may take; it then ends with the best weights so far.</summary>
        /// <remarks>Time changes nothing unless it runs short: then training is set to end at a certain step, and the log, and a remark of
        /// the report, say which <see cref="FlowEstimatorOptions.MaxSteps"/> repeats the fit.</remarks>
        /// <value>Positive, at most a million; default 30. A table of a few thousand rows takes two to five.</value>
        public double MaxSeconds { get; set; } = DefaultMaxSeconds;

        /// <summary>Largest number of rows that are kept in memory to learn from: of more rows a uniform random sample is kept, while the
        /// table is read once
        /// from the first row to the last.</summary>
        /// <remarks>With <see cref="FlowEstimatorOptions.Streaming"/> the sample serves preprocessing, validation and threshold, and all
        /// rows are learnt from.</remarks>
        /// <value>At least 10; null (default): 20 million numbers, but at least 1,000 rows and at most 200,000; where
        /// <see cref="MaxSeconds"/> is below 30, fewer in proportion, but at least 2 million numbers or 200 rows.</value>
        public int? MaxRows { get; set; }

        /// <summary>What the scores measure, and threshold and p-values with them. Log-likelihoods have a column of their own in any
        /// case.</summary>
        /// <value>Default <see cref="AnomalyMeasure.Combined"/>, which ranks best on public tables; <see cref="AnomalyMeasure.Density"/>
        /// is the fastest, and its scores compare between models.</value>
        public AnomalyMeasure Measure { get; set; } = AnomalyMeasure.Combined;

        /// <summary>Number k of nearest training rows, or codes, whose mean distance is measured.</summary>
        /// <remarks>Few see the most where all training rows are ordinary. Where some may be anomalies, which are then near to others of
        /// their kind, take more of them than come together.</remarks>
        /// <value>From 1 to 100; default 2. Fewer where there are not as many training rows.</value>
        public int Neighbours { get; set; } = MeasureFit.DefaultNeighbours;

        /// <summary>Share of the training rows that may be anomalies: so many of the least likely rows of each batch teach nothing, and are
        /// no one's neighbours.</summary>
        /// <remarks>It helps against scattered anomalies; a tight group of them is likely in itself, and is learnt. With more than a few
        /// anomalies set <see cref="Neighbours"/> to 10 as well. Held-out rows keep their anomalies, so
        /// p-values are too large rather than too small; set <see cref="FlowEstimatorOptions.Contamination"/> to this share and what you
        /// accept besides.</remarks>
        /// <value>From 0 to 0.5; default 0: all training rows are ordinary.</value>
        public double TrainingContamination { get; set; }

        internal override MeasureOptions Ranking => new(Measure, Neighbours, TrainingContamination);

        internal override bool PrefersSmoothDensity => true;

        internal override int LeadingCount => LeadingContributions ?? 0;

        internal FlowColumns Columns() => new(
            FeatureColumnName, Output: null, LogLikelihoodColumnName, ScoreColumnName, PredictedLabelColumnName,
            PValueColumnName, ContributionsColumnName,
            LeadingContributions is null ? null : LeadingFeaturesColumn, LeadingContributions is null ? null : LeadingContributionsColumn);

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            Require(MaxSeconds is > 0 and <= 1e6, MaxSeconds, "a positive number of seconds, at most a million,");
            Require(MaxRows is null or >= MinRows, MaxRows, $"at least {MinRows} rows to learn from, or null,");
            Require(LeadingContributions is null or >= 1, LeadingContributions, "a number of at least 1, or null");
            Require(Enum.IsDefined(Measure), Measure, "one of the measures that there are");
            Require(Neighbours is >= 1 and <= MeasureFit.MaxNeighbours, Neighbours, $"a number from 1 to {MeasureFit.MaxNeighbours}");
            Require(TrainingContamination is >= 0 and <= 0.5, TrainingContamination, "a number from 0 to 0.5");
            ArgumentException.ThrowIfNullOrEmpty(FeatureColumnName);
            ArgumentException.ThrowIfNullOrEmpty(PValueColumnName);
            var (model, training) = TableDefaults.Choose(trainingRows: Collective?.Size ?? 1, features: 1);
            Validate(model, training);
            return (Options)MemberwiseClone();
        }
    }
}
