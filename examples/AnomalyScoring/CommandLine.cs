using System.CommandLine;
using MAFlow.Examples;

namespace AnomalyScoring;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = Options.Of("--seed", 1, "Seed of the first of five splits.");
        var seconds = Options.Of("--max-seconds", 60.0, "Most seconds of training for the flow, per split.");
        var data = new Option<FileInfo?>("--data") { Description = "CSV file with a header; the embedded breast-cancer table when absent.", HelpName = "FILE" };
        var label = Options.Of("--label", "label", "Column of the CSV file that tells anomalies.");
        var anomaly = Options.Of("--anomaly", "1", "Value of that column for anomalies.");
        var normal = Options.Of("--train-on-normal", true, "Train on ordinary rows only.");
        var output = Options.Output("Directory for the figures, created if missing.", Settings.DefaultOutput);
        var report = Options.Report();
        var command = new RootCommand("Scores the rows of a table by how improbable a Monge-Ampère flow finds them, beside three other detectors.")
        {
            seed, seconds, data, label, anomaly, normal, output, report,
        };
        command.SetAction(parsed =>
        {
            var settings = new Settings(
                parsed.GetValue(seed), parsed.GetValue(seconds), parsed.GetValue(data), parsed.GetRequiredValue(label),
                parsed.GetRequiredValue(anomaly), parsed.GetValue(normal), parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run(
                [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellationToken => job(settings, cancellationToken));
        });
        return ConsoleProgram.Invoke(command, args);
    }
}

/// <summary>What the command line asks for.</summary>
public sealed record Settings(
    int Seed, double MaxSeconds, FileInfo? Data, string Label, string Anomaly, bool TrainOnNormal, DirectoryInfo Output, FileInfo? Report)
{
    public const int SplitCount = 5;
    public const string DefaultOutput = "out/anomaly";
}
