using System.CommandLine;
using System.CommandLine.Invocation;

namespace IsingFreeEnergy;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    private const int Success = 0, Failure = 1, Cancelled = 130;

    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var size = new Option<int>("--size") { Description = "Side L of the square lattice, from 2 to 64.", DefaultValueFactory = _ => 8 };
        var temperature = new Option<double>("--temperature") { Description = "Temperature in units of the coupling.", DefaultValueFactory = _ => IsingEnergy.CriticalTemperature };
        var boundary = new Option<Boundary>("--boundary") { Description = "Periodic or Open.", DefaultValueFactory = _ => Boundary.Periodic };
        var minutes = new Option<double>("--minutes") { Description = "Time of the whole run; half of it trains.", DefaultValueFactory = _ => 3 };
        var depth = new Option<int>("--depth") { Description = "Runge-Kutta steps to begin with; refined where they do not suffice.", DefaultValueFactory = _ => 8 };
        var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output directory." };
        var output = new Option<DirectoryInfo>("--output") { Description = "Directory for flow, curve, figure and checkpoint.", DefaultValueFactory = _ => new DirectoryInfo("out/ising") };
        var report = new Option<FileInfo?>("--report") { Description = "File for the results as JSON." };
        Require(size, value => value is >= 2 and <= 64, "a side from 2 to 64");
        Require(temperature, value => value is >= 0.1 and <= 1000, "a temperature from 0.1 to 1000");
        Require(boundary, Enum.IsDefined, "Periodic or Open");
        Require(minutes, value => value is > 0 and <= 10_000, "a positive time");
        Require(depth, value => value is >= 1 and <= 256, "a depth from 1 to 256");
        Require(seed, value => value >= 0, "a seed of at least 0");
        var command = new RootCommand("Learns a variational free energy of the two-dimensional Ising model and checks it against the exact one.")
        {
            size, temperature, boundary, minutes, depth, seed, resume, output, report,
        };
        command.SetAction(parsed => Guard(
            new Settings(
                parsed.GetValue(size), parsed.GetValue(temperature), parsed.GetValue(boundary), parsed.GetValue(minutes), parsed.GetValue(depth),
                parsed.GetValue(seed), parsed.GetValue(resume), parsed.GetRequiredValue(output), parsed.GetValue(report)),
            job));
        var result = command.Parse(args);
        if (result.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return result.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static void Require<T>(Option<T> option, Func<T, bool> holds, string expectation) => option.Validators.Add(result =>
    {
        // A text that is no value of the type has its own message.
        if (result.Errors.Any() || result.Tokens.Count == 0)
        {
            return;
        }

        try
        {
            if (!holds(result.GetValueOrDefault<T>()))
            {
                result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
            }
        }
        catch (InvalidOperationException)
        {
            result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
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
            // Before training, not after it.
            RequireDirectory(settings.Output);
            RequireDirectory(settings.Report?.Directory);
            job(settings, cancellation.Token);
            return Success;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"Cancelled. What was reached has been kept; go on with:\n  {settings.ResumeCommand}");
            return Cancelled;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or TorchRuntimeException)
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
            throw new IOException($"Expected a directory that can be created at '{directory}', got: {exception.Message} Give another --output or --report.", exception);
        }
    }
}
