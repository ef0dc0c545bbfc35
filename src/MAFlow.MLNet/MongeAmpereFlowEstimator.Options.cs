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
        /// <value>Default: that of <see cref="DensityModelOptions"/>.</value>
        public DensityModelOptions Model { get; set; } = new();

        /// <summary>How it is trained: batches, rate, weight decay, patience, time limit, checkpoint, tolerance of the depth.</summary>
        /// <value>Default: that of <see cref="DensityTrainerOptions"/>. Its seed is to be set by
        /// <see cref="FlowEstimatorOptions.Seed"/>.</value>
        public DensityTrainerOptions Training { get; set; } = new();

        /// <summary>Rows to stop in time by, with the input column.</summary>
        /// <value>Null (default): a share of the training data, <see cref="DensityTrainerOptions.ValidationFraction"/>, is set
        /// aside.</value>
        public IDataView? ValidationData { get; set; }

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            ArgumentNullException.ThrowIfNull(Model);
            ArgumentNullException.ThrowIfNull(Training);
            Validate(Model, Training);
            var (_, training) = Over(Model, Training);
            if (Streaming && training.ValidationFraction == 0 && ValidationData is null)
            {
                throw new ArgumentException("Expected rows to validate on where Streaming is set, got none: ValidationFraction is 0. Raise "
                    + "it, or set ValidationData.");
            }

            if (Training.Seed != new DensityTrainerOptions().Seed)
            {
                throw new ArgumentException(
                    $"Expected the seed in the option Seed, which also divides the rows, got {Training.Seed} in Training.Seed; set Seed.");
            }

            return (Options)MemberwiseClone();
        }
    }
}
