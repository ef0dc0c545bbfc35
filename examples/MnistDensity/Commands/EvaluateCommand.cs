using MAFlow.Examples;
using System.Diagnostics;
using MnistDensity.Data;

namespace MnistDensity.Commands;

/// <summary>Scores a model on the whole test and validation sets and as many training images.</summary>
public static class EvaluateCommand
{
    public static void Run(Settings settings, FileInfo? file, CancellationToken cancellationToken)
    {
        var device = settings.PrepareTorch();
        var clock = Stopwatch.StartNew();
        using var model = MnistModel.Load(file, device);
        using var data = MnistData.Load(settings.Data, cancellationToken);
        var results = Evaluation.Of(model, data, cancellationToken);
        ResultPrinter.Print(results, model.Flow.ParameterCount);
        if (settings.Report is { } path)
        {
            ReportFile.Save(path.FullName, EvaluationReport.Of(results, model.Flow.ParameterCount, epochs: null, clock.Elapsed.TotalSeconds, [path.FullName]));
            ResultPrinter.PrintFiles([path.FullName]);
        }
    }
}
