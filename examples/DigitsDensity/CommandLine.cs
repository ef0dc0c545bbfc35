using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;

namespace DigitsDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = WholeNumber("--seed", Settings.DefaultSeed, minimum: 0);
        seed.Description = "Seed of training and sampling; the split of the data does not depend on it.";
        var epochs = WholeNumber("--epochs", Settings.DefaultEpochs, minimum: 1);
        epochs.Description = "Most passes over the training digits; 2 are enough to see everything work.";
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Directory for model and pictures, created if missing.",
            HelpName = "DIR",
            DefaultValueFactory = _ => new DirectoryInfo(Settings.DefaultOutput),
        };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };

        const string purpose = "Fits a Monge-Ampère flow to the UCI digits in an ML.NET pipeline, scores it, saves it and draws from it.";
        var command = new RootCommand(purpose)
        {
            seed, epochs, output, report,
        };
        command.SetAction(parsed => Run(
            new Settings(parsed.GetValue(seed), parsed.GetValue(epochs), parsed.GetRequiredValue(output), parsed.GetValue(report)), job));

        return ConsoleProgram.Invoke(command, args);
    }

    private static Option<int> WholeNumber(string name, int defaultValue, int minimum) => new(name)
    {
        HelpName = "N",
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum)
            {
                return value;
            }

            result.AddError($"Expected {name} to be a whole number from {minimum} to {int.MaxValue}, got '{text}'.");
            return defaultValue;
        },
    };

    private static int Run(Settings settings, Action<Settings, CancellationToken> job) => ConsoleProgram.Run(
        [settings.Output, settings.Report?.Directory],
        "Cancelled. Files that were complete by then have been kept.",
        cancellationToken => job(settings, cancellationToken));
}
