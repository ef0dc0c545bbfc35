using Microsoft.ML;

namespace MAFlow.MLNet;

public sealed partial class MongeAmpereFlowEstimator
{
    /// <summary>Options for the <see cref="MongeAmpereFlowEstimator"/>: the short names of <see cref="FlowEstimatorOptions"/>, and all
    /// others in two groups.</summary>
    /// <remarks>A short name goes before the same option of a group, whichever is set first.</remarks>
    public sealed class Options : FlowEstimatorOptions
    {
        /// <summary>What the density is made of: preprocessing, potential, activation, directions, horizon, integrator.</summary>
        /// <value>Null (default): what suits so many rows and features, preprocessing included.</value>
        public DensityModelOptions? Model { get; set; }

        /// <summary>How it is trained: batches, rate, weight decay, patience, time limit, checkpoint, tolerance of the depth.</summary>
        /// <value>Null (default): what suits so many rows and features, within 60 seconds. Its seed is to be set by
        /// <see cref="FlowEstimatorOptions.Seed"/>.</value>
        public DensityTrainerOptions? Training { get; set; }

        /// <summary>Rows to stop in time by, with the input column.</summary>
        /// <value>Null (default): a share of the training data, <see cref="DensityTrainerOptions.ValidationFraction"/>, is set
        /// aside.</value>
        public IDataView? ValidationData { get; set; }

        /// <summary>Options of model and training for so many training rows.</summary>
        internal (DensityModelOptions Model, DensityTrainerOptions Training) For(int trainingRows, int features)
        {
            var (model, training) = TableDefaults.Choose(trainingRows, features);
            training = training with { TimeLimit = TimeSpan.FromSeconds(TableDefaults.SecondsForAll) };
            return Over(Model ?? model, Training ?? training);
        }

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            var (model, training) = For(Training?.Collective.Size ?? Collective?.Size ?? 1, features: 1);
            Validate(model, training);
            if (Streaming && training.ValidationFraction == 0 && ValidationData is null)
            {
                throw new ArgumentException("Expected rows to validate on where Streaming is set, got none: ValidationFraction is 0. Raise "
                    + "it, or set ValidationData.");
            }

            if (training.Seed != new DensityTrainerOptions().Seed)
            {
                throw new ArgumentException(
                    $"Expected the seed in the option Seed, which also divides the rows, got {training.Seed} in Training.Seed; set Seed.");
            }

            return (Options)MemberwiseClone();
        }
    }
}
