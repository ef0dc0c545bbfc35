using System.CommandLine;
using System.CommandLine.Invocation;

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
