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

        /// <summary>Name of a column on which the density depends, a known-size vector of <see cref="float"/>: p(x | context) in place
        /// of p(x).</summary>
        /// <remarks>The density begins at the linear regression of x on the context. It is made by HiddenUnits,
        /// <see cref="ContextUnits"/>, Parts, Depth, Integrator and Preprocessing; Model, Potential, Streaming and Collective do not go
        /// with it.</remarks>
        /// <value>Null (default): no context.</value>
        public string? ContextColumnName { get; set; }

        /// <summary>Number of hidden units of each network of the context, where there is a <see cref="ContextColumnName"/>.</summary>
        /// <value>At least 1; null (default): what the estimator chooses.</value>
        public int? ContextUnits { get; set; }

        /// <summary>Rows to stop in time by, with the columns that are read.</summary>
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

        /// <summary>Options of a model that depends on a context, and of its training, for so many training rows.</summary>
        internal (ConditionalDensityModelOptions Model, DensityTrainerOptions Training) Given(int trainingRows, int features)
        {
            var (model, training) = ConditionalDefaults.Choose(trainingRows, features);
            training = training with { TimeLimit = TimeSpan.FromSeconds(TableDefaults.SecondsForAll) };
            (_, training) = Over(new DensityModelOptions(), Training ?? training);
            return (
                model with
                {
                    Bijections = Preprocessing,
                    HiddenUnits = HiddenUnits ?? model.HiddenUnits,
                    ContextUnits = ContextUnits ?? model.ContextUnits,
                    Parts = Parts ?? model.Parts,
                    Flow = model.Flow with { Depth = Depth ?? model.Flow.Depth, Integrator = Integrator ?? model.Flow.Integrator },
                },
                training);
        }

        /// <summary>A copy whose values are known to make sense.</summary>
        internal Options Validated()
        {
            var (model, training) = For(Training?.Collective.Size ?? Collective?.Size ?? 1, features: 1);
            Validate(model, training);
            RequireTogether();
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

        /// <summary>Refuses by name what does not go with a context, or without one.</summary>
        private void RequireTogether()
        {
            if (ContextColumnName is not { } context)
            {
                Require(ContextUnits is null, ContextUnits, "null where there is no ContextColumnName");
                return;
            }

            Given(1, 1).Model.Validate();
            var instead = Model is not null || Potential is not null
                ? "Set HiddenUnits, ContextUnits, Parts, Depth, Integrator and Preprocessing in its place"
                : "Set it to its default";
            (string Name, bool IsSet)[] options =
            [
                (nameof(Model), Model is not null), (nameof(Potential), Potential is not null), (nameof(Streaming), Streaming),
                (nameof(Collective), Collective is { Size: > 1 } || Training is { Collective.Size: > 1 }),
                (nameof(Start), Start is StartMode.Always || Training is { Start: StartMode.Always }),
            ];
            if (Array.Find(options, option => option.IsSet) is { Name: { } name })
            {
                throw new ArgumentException($"Expected no {name} where a density depends on the context column '{context}', got one. "
                    + $"{instead}, or leave ContextColumnName out.");
            }
        }
    }
}
