using System.Diagnostics;
using ConditionalDensity;
using MAFlow.Examples;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    // Matrices this small gain nothing from a second core, and lose much where other programs are using it.
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(1);

    var watch = Stopwatch.StartNew();
    DataSet[] sets =
    [
        SyntheticData.Heteroscedastic(settings.Rows, Settings.TestRows, settings.Seed),
        SyntheticData.Bimodal(settings.Rows, Settings.TestRows, settings.Seed),
        TumourTable.Load(settings.Seed),
    ];
    var (results, files) = (new List<SetResult>(), new List<string>());
    foreach (var set in sets)
    {
        using var model = FlowMethod.Train(set, settings, cancellationToken);
        MethodResult[] methods = [FlowMethod.Test(model, set), GaussianRegression.Run(set, settings.Seed)];
        results.Add(new(set.Name, set.Training.Count, set.Test.Count, set.ExactNll, methods));
        files.AddRange(Figures.Write(settings.Output, set, model, methods));
        cancellationToken.ThrowIfCancellationRequested();
    }

    ResultPrinter.Print(results);
    if (settings.Report is { } report)
    {
        ReportFile.Save(report.FullName, new ConditionalReport(settings.Seed, watch.Elapsed.TotalSeconds, results, files));
        files.Add(report.FullName);
    }

    OutputFiles.Print(files);
});
