using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace DigitsDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    private const int Success = 0, Failure = 1, Cancelled = 130;

    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = new Option<int>("--seed") { Description = "Seed of training and sampling, 0 or more; the split of the data does not depend on it.", DefaultValueFactory = _ => Settings.DefaultSeed };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the training digits, 1 or more; 2 is enough to see everything work.", DefaultValueFactory = _ => Settings.DefaultEpochs };
        var output = new Option<DirectoryInfo>("--output") { Description = "Directory for model and pictures, created if missing.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(Settings.DefaultOutput) };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };
        seed.HelpName = epochs.HelpName = "N";
        RequireAtLeast(seed, 0);
        RequireAtLeast(epochs, 1);

        var command = new RootCommand("Fits a Monge-Ampère flow to the UCI digits in an ML.NET pipeline, scores it, saves it and draws from it.") { seed, epochs, output, report };
        command.SetAction(parsed => Guard(
            new Settings(parsed.GetValue(seed), parsed.GetValue(epochs), parsed.GetRequiredValue(output), parsed.GetValue(report)), job));

        var parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static void RequireAtLeast(Option<int> option, int minimum) => option.Validators.Add(result =>
    {
        // What is not a number has its own message already.
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < minimum)
        {
            result.AddError($"Expected {option.Name} of at least {minimum}, got {value}.");
        }
    });

    private static int Guard(Settings settings, Action<Settings, CancellationToken> job)
    {
        using var cancellation = new CancellationTokenSource();
        ConsoleCancelEventHandler cancel = (_, pressed) =>
        {
            pressed.Cancel = true;
            cancellation.Cancel();
        };
        Console.CancelKeyPress += cancel;
        try
        {
            settings.Output.Create();
            settings.Report?.Directory?.Create();
            job(settings, cancellation.Token);
            return Success;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled. Files that were complete by then have been kept.");
            return Cancelled;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DllNotFoundException or InvalidOperationException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }
        finally
        {
            Console.CancelKeyPress -= cancel;
        }
    }
}
