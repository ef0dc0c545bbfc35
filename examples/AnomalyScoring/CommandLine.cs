using System.CommandLine;
using System.CommandLine.Invocation;
using MAFlow.Torch;

namespace AnomalyScoring;

/// <summary>Options, their checks, and exit codes: 0 done, 1 bad option or failure.</summary>
public static class CommandLine
{
    private const int Success = 0, Failure = 1;

    public static int Run(string[] args, Action<Settings> job)
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
        command.SetAction(parsed => Guard(
            new Settings(
                parsed.GetValue(seed), parsed.GetValue(seconds), parsed.GetValue(data), parsed.GetRequiredValue(label), parsed.GetRequiredValue(anomaly),
                parsed.GetValue(normal), parsed.GetRequiredValue(output), parsed.GetValue(report)),
            job));

        var parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed.Invoke();
    }

    private static int Guard(Settings settings, Action<Settings> job)
    {
        try
        {
            // Before training, not after it.
            settings.Output.Create();
            settings.Report?.Directory?.Create();
            job(settings);
            return Success;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException or InvalidOperationException or TorchRuntimeException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }
    }
}
