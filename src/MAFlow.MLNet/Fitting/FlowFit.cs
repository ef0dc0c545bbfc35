using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>One run of <see cref="MongeAmpereFlowEstimator.Fit"/>: data to tensors, tensors to a trained model, model to a transformer.</summary>
internal sealed class FlowFit(IHost host, IChannel channel, FlowColumns columns, MongeAmpereFlowEstimator.Options options)
{
    /// <summary>Fewer scores than this say nothing about a quantile of one in a hundred.</summary>
    private const int FewestRowsForThreshold = 100;

    private const int MostRefinement = 8;

    public MongeAmpereFlowTransformer Run(IDataView input)
    {
        // First, so that a machine without the GPU is told before it has read gigabytes.
        var device = MlNetInternals.Device(host, options.GpuDeviceId, options.FallbackToCpu);
        var seed = options.Seed ?? host.Rand.Next();
        var (training, validation) = ReadRows(input, seed);
        var ordinary = validation is { Rows: >= FewestRowsForThreshold } ? validation : training;
        return Run(training, validation, ordinary, device, seed);
    }

    /// <summary>Trains on rows that have been read.</summary>
    /// <param name="training">Rows to learn from.</param>
    /// <param name="validation">Rows to stop by.</param>
    /// <param name="calibration">Rows whose scores set the threshold, and the p-values if there are any.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="seed">Of weights, noise and batches.</param>
    public MongeAmpereFlowTransformer Run(FeatureMatrix training, FeatureMatrix? validation, FeatureMatrix calibration, Device device, int seed)
    {
        RequireFullBatch(training, validation);
        channel.Info(MessageSensitivity.None, $"Training on {training.Rows} rows of {training.Dimension} features, "
            + $"validating on {validation?.Rows ?? 0}, device {device}, seed {seed}.");

        var (model, report) = Train(training, validation, device, seed);
        var lease = new ModelLease(model);
        try
        {
            // Contributions are dear, and a threshold needs none.
            // A training that had to be refined is scored as many times finer.
            var scoringDepth = options.ScoringDepth * (report.Depth / options.Depth);
            var settings = new FlowSettings(columns with { Contributions = null }, Threshold: 0, scoringDepth, options.ScoringBatchSize);
            var scores = Scores.Of(new FeatureMatrixView(calibration, columns.Input), new ScoringMap(host, lease, settings));
            settings = settings with
            {
                Columns = columns,
                Threshold = AnomalyThreshold.Quantile(scores, options.Contamination),
                HeldOut = columns.PValue is null ? null : HeldOutRank.Sorted(scores),
                Deviations = columns.Contributions is null ? null : training.Deviations(),
            };
            return new MongeAmpereFlowTransformer(host, lease, settings, report);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private (FeatureMatrix Training, FeatureMatrix? Validation) ReadRows(IDataView input, int seed)
    {
        var rows = FeatureMatrix.Read(input, columns.Input, checkAlive: CheckAlive);
        return options.ValidationData is { } validation
            ? (rows, FeatureMatrix.Read(validation, columns.Input, rows.Dimension, CheckAlive))
            : rows.SetAside(options.ValidationFraction, seed);
    }

    private void RequireFullBatch(FeatureMatrix training, FeatureMatrix? validation)
    {
        if (training.Rows < options.BatchSize)
        {
            throw new InvalidOperationException($"Expected at least one batch of {options.BatchSize} training rows in column '{columns.Input}', got {training.Rows}"
                + (validation is null || options.ValidationData is not null ? "" : $" after {validation.Rows} were set aside for validation")
                + $". Lower BatchSize to {training.Rows} or less, or give more rows.");
        }
    }

    private (DensityModel Model, TrainingReport Report) Train(FeatureMatrix training, FeatureMatrix? validation, Device device, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)(uint)seed);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
        var rows = training.ToTensor();
        DensityModel? model = null;
        var watch = Stopwatch.StartNew();
        try
        {
            model = ModelOptions().Build(rows, generator, device);
            foreach (var remark in model.Preprocessing.Bijections.Select(bijection => bijection.Remark).OfType<string>())
            {
                channel.Warning(MessageSensitivity.None, remark);
            }

            var progress = new TrainingLog(host, channel, options.Progress, cancellation);
            var report = new DensityTrainer(TrainerOptions(seed, watch.Elapsed)).Fit(model, rows, validation?.ToTensor(), null, progress, cancellation.Token);
            if (report.StopReason == StopReason.Diverged)
            {
                channel.Warning(MessageSensitivity.None,
                    $"Training ended early because the loss kept diverging; the model holds the weights of epoch {report.BestRound}. Lower LearningRate.");
            }

            return (model, report);
        }
        catch (Exception error)
        {
            model?.Dispose();
            if (error is ArgumentException argument)
            {
                throw ColumnErrors.Naming(columns.Input, argument);
            }

            throw;
        }
    }

    private DensityModelOptions ModelOptions() => new()
    {
        Bijections = options.Preprocessing,
        HiddenUnits = options.HiddenUnits,
        Parts = options.Parts,
        Activation = options.Activation,
        Directions = options.Directions,
        Flow = new() { Horizon = options.Horizon, Depth = options.Depth },
    };

    private DensityTrainerOptions TrainerOptions(int seed, TimeSpan preprocessing) => new()
    {
        MaxEpochs = options.MaximumEpochs,
        BatchSize = options.BatchSize,
        Optimizer = new() { LearningRate = options.LearningRate, WeightDecay = options.WeightDecay },
        MaxGradientNorm = options.MaximumGradientNorm,
        AverageDecay = options.AverageDecay,
        ValidationFraction = 0,
        DepthTolerance = options.DepthTolerance,
        MaxDepth = MostRefinement * options.Depth,
        Patience = options.Patience,
        // Fitting the preprocessing counts; at least one step is taken.
        TimeLimit = options.TimeLimit is { } limit ? TimeSpan.FromTicks(Math.Max((limit - preprocessing).Ticks, 1)) : null,
        CheckpointPath = options.CheckpointPath,
        Seed = (ulong)(uint)seed,
    };

    private void CheckAlive()
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        MlNetInternals.CheckAlive(host);
    }
}
