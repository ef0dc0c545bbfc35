using System.CommandLine;
using MAFlow.Examples;

namespace AnomalyScoring;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = new Option<int>("--seed") { Description = "Seed of the first of five splits.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double>("--max-seconds") { Description = "Most seconds of training for the flow, per split.", HelpName = "S", DefaultValueFactory = _ => 60 };
        var data = new Option<FileInfo?>("--data") { Description = "CSV file with a header; the embedded breast-cancer table when absent.", HelpName = "FILE" };
        var label = new Option<string>("--label") { Description = "Column of the CSV file that tells anomalies.", HelpName = "COLUMN", DefaultValueFactory = _ => "label" };
        var anomaly = new Option<string>("--anomaly") { Description = "Value of that column for anomalies.", HelpName = "VALUE", DefaultValueFactory = _ => "1" };
        var normal = new Option<bool>("--train-on-normal") { Description = "Train on ordinary rows only.", HelpName = "true|false", DefaultValueFactory = _ => true };
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Directory for the figures, created if missing.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(Settings.DefaultOutput),
        };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };
        var command = new RootCommand("Scores the rows of a table by how improbable a Monge-Ampère flow finds them, beside three other detectors.")
        {
            seed, seconds, data, label, anomaly, normal, output, report,
        };
        command.SetAction(parsed => Run(
            new Settings(
                parsed.GetValue(seed), parsed.GetValue(seconds), parsed.GetValue(data), parsed.GetRequiredValue(label), parsed.GetRequiredValue(anomaly),
                parsed.GetValue(normal), parsed.GetRequiredValue(output), parsed.GetValue(report)),
            job));

        return ConsoleProgram.Invoke(command, args);
    }

    private static int Run(Settings settings, Action<Settings, CancellationToken> job) => ConsoleProgram.Run(
        [settings.Output, settings.Report?.Directory],
        "Cancelled. Files that were complete by then have been kept.",
        cancellationToken => job(settings, cancellationToken));
}
