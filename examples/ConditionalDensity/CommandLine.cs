using System.CommandLine;
using MAFlow.Examples;

namespace ConditionalDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    private const int LeastRows = 100;

    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = new Option<int>("--seed") { Description = "Seed of data, splits and training.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var rows = new Option<int>("--rows") { Description = "Training rows of the two synthetic sets.", HelpName = "N", DefaultValueFactory = _ => Settings.DefaultRows };
        var seconds = new Option<double>("--max-seconds") { Description = "Most seconds of training for each set.", HelpName = "S", DefaultValueFactory = _ => 60 };
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Directory for the figures, created if missing.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(Settings.DefaultOutput),
        };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };
        rows.Validators.Add(result =>
        {
            if (result.GetValue(rows) < LeastRows)
            {
                result.AddError($"Expected at least {LeastRows} for --rows, got {result.GetValue(rows)}.");
            }
        });
        var command = new RootCommand("Predicts whole distributions, p(y | x), with a Monge-Ampère flow: two synthetic sets and a real table, beside a Gaussian regression.")
        {
            seed, rows, seconds, output, report,
        };
        command.SetAction(parsed => Run(
            new Settings(
                parsed.GetValue(seed), parsed.GetValue(rows), parsed.GetValue(seconds), parsed.GetRequiredValue(output), parsed.GetValue(report)),
            job));

        return ConsoleProgram.Invoke(command, args);
    }

    private static int Run(Settings settings, Action<Settings, CancellationToken> job) => ConsoleProgram.Run(
        [settings.Output, settings.Report?.Directory],
        "Cancelled. Files that were complete by then have been kept.",
        cancellationToken => job(settings, cancellationToken));
}
