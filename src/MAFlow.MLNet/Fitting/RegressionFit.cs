using System.Diagnostics;
using Microsoft.ML.Runtime;
using static TorchSharp.torch;

namespace MAFlow.MLNet.Fitting;

/// <summary>One fit of a regression: rows with their labels to a trained conditional density.</summary>
/// <param name="host">Host of the trainer.</param>
/// <param name="channel">Its log.</param>
/// <param name="options">Options of the trainer.</param>
internal sealed class RegressionFit(IHost host, IChannel channel, MongeAmpereFlowRegressionTrainer.Options options)
{
    /// <summary>Trains on rows that have been read, features first and the label last.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="seed">Of weights, batches and the rows to stop by.</param>
    /// <param name="time">What is left for training.</param>
    public (ConditionalDensityModel Model, TrainingReport Report) Run(FeatureMatrix rows, Device device, int seed, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var (training, validation) = rows.SetAside(RegressionDefaults.ValidationRows(rows.Rows), seed);
        channel.Info(MessageSensitivity.None, $"Training on {training.Rows} rows of {rows.Dimension - 1} features, validating on "
            + $"{validation!.Rows}, device {device}, seed {seed}.");
        using var scope = NewDisposeScope();
        // Rows and weights that are made in a caller's inference mode could never be trained.
        using var recording = is_inference_mode_enabled() ? inference_mode(false) : null;
        using var generator = new Generator((ulong)(uint)seed);
        using var requests = new StopRequests(host, options.CancellationToken);
        var (modelOptions, trainerOptions) = RegressionDefaults.Choose(training.Rows, options);
        var (context, labels) = Parts(training);
        var (stoppingContext, stoppingLabels) = Parts(validation);
        var model = Build(modelOptions, context, labels, generator, device);
        try
        {
            var trainer = trainerOptions with
            {
                Seed = (ulong)(uint)seed, TimeLimit = TimeSpan.FromTicks(Math.Max((time - watch.Elapsed).Ticks, 1)),
            };
            var progress = new TrainingLog(host, channel, options.Progress, requests.Source);
            var report = new DensityTrainer(trainer).Fit(
                model, labels, context, stoppingLabels, stoppingContext, progress, requests.Source.Token);
            if (report.StopReason == StopReason.Diverged)
            {
                channel.Warning(MessageSensitivity.None, "Training ended early because the loss kept diverging; the model holds the "
                    + $"weights of epoch {report.BestRound}. Lower LearningRate.");
            }

            return (model, report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private ConditionalDensityModel Build(
        ConditionalDensityModelOptions modelOptions, Tensor context, Tensor labels, Generator generator, Device device)
    {
        try
        {
            return modelOptions.Build(labels, context, generator, device);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"Label column '{options.LabelColumnName}': {error.Message}", error);
        }
    }

    private static (Tensor Context, Tensor Labels) Parts(FeatureMatrix rows)
    {
        var table = rows.ToTensor();
        return (table.narrow(1, 0, rows.Dimension - 1).contiguous(), table.narrow(1, rows.Dimension - 1, 1).contiguous());
    }
}
