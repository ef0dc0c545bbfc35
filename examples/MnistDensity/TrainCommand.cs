using System.Globalization;
using MAFlow.Examples;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>Trains to the end of the budget, stores the model, scores and draws it. Started again after an interruption, it goes
/// on.</summary>
public static class TrainCommand
{
    private const string CheckpointName = "training.safetensors", CurveName = "curve.csv";

    public static void Run(Settings settings, Budget budget, FlowDesign design, PixelMap map, Precision precision, CancellationToken cancellationToken)
    {
        var device = settings.PrepareTorch();
        using var data = MnistData.Load(settings.Data, cancellationToken);
        using var training = MnistData.First(data.Training, budget.Rows);
        using var model = WorkDisplay.Show(
            $"Fitting the preprocessing to {training.shape[0]} images", _ => Recipe.Build(design, map, precision, training, (ulong)settings.Seed, device));
        using var curve = new LearningCurve(training, data, model.Flow.Options.Depth);
        cancellationToken.ThrowIfCancellationRequested();

        var report = Train(design, model, training, curve, settings, budget, cancellationToken);
        if (!settings.Processes.IsFirst)
        {
            return;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Trained {model.Flow.ParameterCount:N0} parameters for {report.History.Count} epochs in {report.Elapsed.TotalMinutes:F1} minutes; the weights are those after epoch {report.BestRound}."));
        foreach (var remark in report.Remarks)
        {
            Console.WriteLine(remark);
        }

        if (report.StopReason == StopReason.Diverged)
        {
            Console.WriteLine("Training ended early because the loss kept diverging; lower the learning rate.");
        }

        var chart = Figures.WriteCurve(settings, [.. report.History.Select(curve.Point)]);
        // What is stated is what the file holds.
        using var stored = MnistModel.Load(new FileInfo(settings[MnistModel.FileName]), device);
        var results = Evaluation.Of(stored, data, cancellationToken);
        ResultPrinter.Print(results, model.Flow.ParameterCount);
        string[] files =
        [
            settings[MnistModel.FileName],
            settings[CurveName],
            chart,
            Figures.WriteSamples(settings, stored, data, results.Depth.Depth),
            Figures.WriteStrip(settings, stored, data, results.Depth.Depth),
        ];
        if (settings.Report is { } path)
        {
            files = [.. files, path.FullName];
            ReportFile.Save(
                path.FullName, results.Report(model.Flow.ParameterCount, report.History.Count, report.Elapsed.TotalSeconds, files));
        }

        OutputFiles.Print(files);
    }

    private static TrainingReport Train(
        FlowDesign design, DensityModel model, Tensor training, LearningCurve curve, Settings settings, Budget budget, CancellationToken cancellationToken)
    {
        var (checkpoint, modelFile) = (settings[CheckpointName], settings[MnistModel.FileName]);
        var trainer = new DensityTrainer(Recipe.Training(design, budget.Epochs, budget.Time, (ulong)settings.Seed, checkpoint, settings.Processes.Collective));
        if (File.Exists(checkpoint))
        {
            Console.WriteLine($"Going on from {checkpoint}; remove that file to start afresh.");
        }
        else if (settings.Processes.IsFirst)
        {
            var start = WorkDisplay.Show(
                "Scoring test images before training", progress => curve.Start(model, progress, cancellationToken));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"The preprocessing alone: test {start.Nats:F1}  {start.BitsPerDimension:F3} bits/dim."));
        }

        try
        {
            var report = TrainingDisplay.Show(curve, display => trainer.Fit(
                model, training, curve.Validation, curve.Monitored, new CurveWriter(display, curve, settings[CurveName]), cancellationToken));
            model.Save(modelFile, isShort: true);
            curve.Save(settings[CurveName], report.History);
            // Only now is it not needed any more.
            File.Delete(checkpoint);
            return report;
        }
        catch (FormatException error)
        {
            throw new FormatException($"{checkpoint}: {error.Message}", error);
        }
        catch (OperationCanceledException)
        {
            model.Save(modelFile, isShort: true);
            Console.WriteLine($"Interrupted. The best weights so far are in {modelFile}; the same command goes on from {checkpoint}.");
            throw;
        }
    }

    /// <summary>Keeps the curve's file complete after each epoch.</summary>
    private sealed class CurveWriter(IProgress<TrainingProgress> display, LearningCurve curve, string path) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            display.Report(value);
            if (value.IsRoundEnd)
            {
                curve.Save(path, value.History);
            }
        }
    }
}
