using System.CommandLine;
using AnomalyScoring;
using MAFlow.Examples;

return CommandLine.Run(args, (settings, cancellationToken) =>
{
    // Matrices this small gain nothing from a second core, and lose much where other programs are using it.
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(1);

    var table = settings.Data is { } file ? CsvTable.Load(file.FullName, settings.Label, settings.Anomaly) : BreastCancer.Load();
    var anomalies = table.Anomalies.Count(anomaly => anomaly);
    Console.WriteLine($"{table.Name}: {table.Rows.Length} rows of {table.FeatureNames.Count} features, {anomalies} anomalies.");

    // Five random halves to train on; the other half, and all anomalies, to test on.
    Split[] splits = [.. Enumerable.Range(settings.Seed, Settings.SplitCount).Select(seed => table.Split(seed, settings.TrainOnNormal))];
    IDetector[] detectors =
        [new FlowDetector(settings.MaxSeconds, cancellationToken), new PcaDetector(), new GaussianDetector(), new KMeansDetector()];
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

namespace AnomalyScoring
{
    /// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
    public static class CommandLine
    {
        public static int Run(string[] args, Action<Settings, CancellationToken> job)
        {
            var seed = Options.Of("--seed", 1, "Seed of the first of five splits.");
            var seconds = Options.Of("--max-seconds", 30.0, "Most seconds of training for the flow, per split.");
            var data = new Option<FileInfo?>("--data")
            {
                Description = "CSV file with a header; the embedded breast-cancer table when absent.", HelpName = "FILE",
            };
            var label = Options.Of("--label", "label", "Column of the CSV file that tells anomalies.");
            var anomaly = Options.Of("--anomaly", "1", "Value of that column for anomalies.");
            var normal = Options.Of("--train-on-normal", true, "Train on ordinary rows only.");
            var output = Options.Output("Directory for the figures, created if missing.", Settings.DefaultOutput);
            var report = Options.Report();
            var command = new RootCommand("Scores the rows of a table by a Monge-Ampère flow, beside three other detectors.")
            {
                seed, seconds, data, label, anomaly, normal, output, report,
            };
            command.SetAction(parsed =>
            {
                var settings = new Settings(
                    parsed.GetValue(seed), parsed.GetValue(seconds), parsed.GetValue(data), parsed.GetRequiredValue(label),
                    parsed.GetRequiredValue(anomaly), parsed.GetValue(normal), parsed.GetRequiredValue(output), parsed.GetValue(report));
                return ConsoleProgram.Run(
                    [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellation => job(settings, cancellation));
            });
            return ConsoleProgram.Invoke(command, args);
        }
    }

    /// <summary>What the command line asks for.</summary>
    public sealed record Settings(
        int Seed, double MaxSeconds, FileInfo? Data, string Label, string Anomaly, bool TrainOnNormal, DirectoryInfo Output,
        FileInfo? Report)
    {
        public const int SplitCount = 5;
        public const string DefaultOutput = "out/anomaly";
    }
}
