using AnomalyScoring;
using MAFlow.Examples;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    // Matrices this small gain nothing from a second core, and lose much where other programs are using it.
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(1);

    var table = settings.Data is { } file ? CsvTable.Load(file.FullName, settings.Label, settings.Anomaly) : BreastCancer.Load();
    Console.WriteLine($"{table.Name}: {table.Rows.Length} rows of {table.FeatureNames.Count} features, {table.Anomalies.Count(anomaly => anomaly)} anomalies.");

    // Five random halves to train on; the other half, and all anomalies, to test on.
    Split[] splits = [.. Enumerable.Range(settings.Seed, Settings.SplitCount).Select(seed => table.Split(seed, settings.TrainOnNormal))];
    IDetector[] detectors = [new FlowDetector(settings.MaxSeconds, cancellationToken), new PcaDetector(), new GaussianDetector(), new KMeansDetector()];
    MethodResult[] results = [.. detectors.Select(detector => Experiment.Run(detector, splits, settings.Seed, cancellationToken))];
    ResultPrinter.PrintMethods(results);
    var (explanations, calibration) = Explanation.Of(table, splits[0], settings.MaxSeconds, settings.Seed, cancellationToken);
    ResultPrinter.PrintExplanations(explanations);
    ResultPrinter.PrintCalibration(calibration);

    var files = Figures.Write(settings.Output, splits[0], results);
    if (settings.Report is { } report)
    {
        files = [.. files, report.FullName];
        ReportFile.Save(report.FullName, AnomalyReport.Of(table.Name, results, files));
    }

    OutputFiles.Print(files);
});
