using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;

namespace MAFlow.Examples;

/// <summary>What the command lines of the examples share: Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class ConsoleProgram
{
    private const int Success = 0, Failure = 1, Cancelled = 130;

    /// <summary>Parses the arguments and runs the command's action; a bad option is told without the help.</summary>
    public static int Invoke(RootCommand command, string[] args)
    {
        var parsed = command.Parse(args);
        if (parsed.Action is ParseErrorAction error)
        {
            error.ShowHelp = false;
        }

        return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    /// <summary>Makes the directories and runs the job, which Ctrl-C cancels; a failure is told by its message.</summary>
    /// <param name="directories">Where the job will write: what cannot be made is told before the work, not after it.</param>
    /// <param name="whenCancelled">What to say after Ctrl-C.</param>
    /// <param name="job">The work.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IEnumerable<DirectoryInfo?> directories, string whenCancelled, Action<CancellationToken> job)
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
            foreach (var directory in directories)
            {
                RequireDirectory(directory);
            }

            job(cancellation.Token);
            return Success;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine(whenCancelled);
            return Cancelled;
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or InvalidDataException or FormatException or ArgumentException or InvalidOperationException or TorchRuntimeException)
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

/// <summary>The options that examples share, and checks of options.</summary>
public static class Options
{
    public const string FilesAreKept = "Cancelled. Files that were complete by then have been kept.";

    public static Option<DirectoryInfo> Output(string description, string path) =>
        new("--output") { Description = description, HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(path) };

    public static Option<FileInfo?> Report() => new("--report") { Description = "File for the results as JSON.", HelpName = "FILE" };

    public static Option<bool> Mpi() => new("--mpi")
    {
        Description = "Train on all processes that mpirun starts: mpirun -n 2 dotnet run --no-build ... --mpi.",
    };

    /// <summary>An option with a default.</summary>
    public static Option<T> Of<T>(string name, T value, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    /// <summary>An option whose value is a number that a condition holds for.</summary>
    public static Option<T> Number<T>(string name, T value, string description, Predicate<T> holds, string expectation) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            if (Parse(text, Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) is T number && holds(number))
            {
                return number;
            }

            result.AddError($"Expected {name} to be {expectation}, got '{text}'.");
            return value;
        },
    };

    private static object? Parse(string text, Type type) => type == typeof(int)
        ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null;

    /// <summary>Refuses other values of an option, saying what was expected and what came.</summary>
    public static void Require<T>(Option<T> option, Func<T, bool> holds, string expectation) => option.Validators.Add(result =>
    {
        // A text that is no value of the type has its own message.
        if (result.Errors.Any() || result.Tokens.Count == 0)
        {
            return;
        }

        try
        {
            if (holds(result.GetValueOrDefault<T>()))
            {
                return;
            }
        }
        catch (InvalidOperationException)
        {
            // The text is no value of the type.
        }

        result.AddError($"Expected {option.Name} to be {expectation}, got '{result.Tokens[0].Value}'.");
    });
}
