using System.Diagnostics;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>One fit of a density that depends on a context: rows with their contexts to a trained model.</summary>
/// <param name="host">Host of the estimator.</param>
/// <param name="channel">Its log.</param>
/// <param name="columns">What is learnt, and what it depends on.</param>
/// <param name="name">How messages name the column that is learnt.</param>
internal sealed class ConditionalFit(IHost host, IChannel channel, GivenColumns columns, string name)
{
    /// <summary>Told how training goes, besides the log.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Ends the training.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Trains on rows that have been read.</summary>
    /// <param name="training">Rows to learn from.</param>
    /// <param name="validation">Rows to stop by; null for none.</param>
    /// <param name="model">How the model is made.</param>
    /// <param name="trainer">How it is trained; its time limit is what is left for making and training it.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="seed">Of weights and batches.</param>
    public (ConditionalDensityModel Model, TrainingReport Report) Run(
        FeatureMatrix training, FeatureMatrix? validation, ConditionalDensityModelOptions model, DensityTrainerOptions trainer,
        Device device, int seed)
    {
        var watch = Stopwatch.StartNew();
        channel.Info(MessageSensitivity.None, $"Training on {training.Rows} rows of {columns.RowWidth} given {columns.ContextWidth} "
            + $"features, validating on {validation?.Rows ?? 0}, device {device}, seed {seed}.");
        using var scope = NewDisposeScope();
        // Rows and weights that are made in a caller's inference mode could never be trained.
        using var recording = is_inference_mode_enabled() ? inference_mode(false) : null;
        using var generator = new Generator((ulong)(uint)seed);
        using var requests = new StopRequests(host, CancellationToken);
        var (rows, context) = columns.Of(training);
        var (stoppingRows, stoppingContext) = validation is null ? (null, null) : ((Tensor?, Tensor?))columns.Of(validation);
        var density = Build(model, rows, context, generator, device);
        try
        {
            // Making the model counts; the trainer takes at least one step.
            var limit = trainer.TimeLimit is { } left ? TimeSpan.FromTicks(Math.Max((left - watch.Elapsed).Ticks, 1)) : (TimeSpan?)null;
            var progress = new TrainingLog(host, channel, Progress, requests.Source);
            var report = new DensityTrainer(trainer with { Seed = (ulong)(uint)seed, TimeLimit = limit, ValidationFraction = 0 }).Fit(
                density, rows, context, stoppingRows, stoppingContext, progress, requests.Source.Token);
            if (report.StopReason == StopReason.Diverged)
            {
                channel.Warning(MessageSensitivity.None, "Training ended early because the loss kept diverging; the model holds the "
                    + $"weights of epoch {report.BestRound}. Lower LearningRate.");
            }

            return (density, report);
        }
        catch
        {
            density.Dispose();
            throw;
        }
    }

    private ConditionalDensityModel Build(
        ConditionalDensityModelOptions model, Tensor rows, Tensor context, Generator generator, Device device)
    {
        try
        {
            return model.Build(rows, context, generator, device);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"{name}: {error.Message}", error);
        }
    }
}
