using MAFlow.Examples;
using System.Diagnostics;
using MnistDensity.Data;
using MnistDensity.Figures;

namespace MnistDensity.Commands;

/// <summary>Draws digits from a model, beside test digits.</summary>
public static class SampleCommand
{
    public static void Run(Settings settings, FileInfo? file, CancellationToken cancellationToken)
    {
        var device = settings.PrepareTorch();
        var clock = Stopwatch.StartNew();
        using var model = MnistModel.Load(file, device);
        using var data = MnistData.Load(settings.Data, cancellationToken);
        var files = FigureFiles.WriteSamples(settings, model, data.Test, model.Flow.Options.Depth);
        if (settings.Report is { } path)
        {
            files = [.. files, path.FullName];
            ReportFile.Save(path.FullName, new FigureReport(model.Flow.Options.Depth, model.Flow.ParameterCount, clock.Elapsed.TotalSeconds, files));
        }

        ResultPrinter.PrintFiles(files);
    }
}
