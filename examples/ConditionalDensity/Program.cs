using System.CommandLine;
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

namespace ConditionalDensity
{
    /// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
    public static class CommandLine
    {
        private const int LeastRows = 100;

        public static int Run(string[] args, Action<Settings, CancellationToken> job)
        {
            var seed = Options.Of("--seed", 1, "Seed of data, splits and training.");
            var rows = Options.Of("--rows", Settings.DefaultRows, "Training rows of the two synthetic sets.");
            var seconds = Options.Of("--max-seconds", 60.0, "Most seconds of training for each set.");
            var output = Options.Output("Directory for the figures, created if missing.", Settings.DefaultOutput);
            var report = Options.Report();
            Options.Require(rows, value => value >= LeastRows, $"at least {LeastRows}");
            const string purpose =
                "Predicts whole distributions, p(y | x), with a Monge-Ampère flow, beside a Gaussian regression: three sets.";
            var command = new RootCommand(purpose)
            {
                seed, rows, seconds, output, report,
            };
            command.SetAction(parsed =>
            {
                var settings = new Settings(
                    parsed.GetValue(seed), parsed.GetValue(rows), parsed.GetValue(seconds), parsed.GetRequiredValue(output),
                    parsed.GetValue(report));
                return ConsoleProgram.Run(
                    [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellation => job(settings, cancellation));
            });
            return ConsoleProgram.Invoke(command, args);
        }
    }

    /// <summary>What the command line asks for.</summary>
    public sealed record Settings(int Seed, int Rows, double MaxSeconds, DirectoryInfo Output, FileInfo? Report)
    {
        public const int DefaultRows = 8000;
        public const int TestRows = 5000;
        public const string DefaultOutput = "out/conditional";
    }
}
