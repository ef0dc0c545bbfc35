using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using MAFlow.Torch;

namespace DigitsDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    private const int Success = 0, Failure = 1, Cancelled = 130;

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
        command.SetAction(parsed => Guard(
            new Settings(parsed.GetValue(seed), parsed.GetValue(epochs), parsed.GetRequiredValue(output), parsed.GetValue(report)), job));

        var parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
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
            // Before training, not after it.
            RequireDirectory(settings.Output);
            RequireDirectory(settings.Report?.Directory);
            job(settings, cancellation.Token);
            return Success;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled. Files that were complete by then have been kept.");
            return Cancelled;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or TorchRuntimeException)
        {
            Console.Error.WriteLine(exception.Message);
            return Failure;
        }
        finally
        {
            Console.CancelKeyPress -= cancel;
        }
    }

    private static void RequireDirectory(DirectoryInfo? directory)
    {
        try
        {
            directory?.Create();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"Expected a directory that can be created at '{directory}', got: {exception.Message} Give another --output or --report.",
                exception);
        }
    }
}
