using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using static System.FormattableString;

namespace MAFlow.Examples;

/// <summary>Passes progress on at once, on the calling thread.</summary>
public sealed class Reporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>What can be shown where the output goes.</summary>
public static class Terminal
{
    /// <summary>Whether a line can change: not in a file and not in a CI log.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    /// <summary>A file or a log has no width of its own: gives tables the room that they need.</summary>
    public static void Widen(int columns) => AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, columns);
}

/// <summary>Says what is going on: one line that changes, or a line every ten seconds where the output is a file.</summary>
public static class StatusLine
{
    public static T Show<T>(string title, Func<Action<FormattableString>, T> work)
    {
        if (Terminal.IsInteractive)
        {
            return AnsiConsole.Status().Start(
                title, context => work(text => context.Status($"{title}: {Markup.Escape(Invariant(text))}")));
        }

        Console.WriteLine(title);
        var clock = Stopwatch.StartNew();
        return work(text =>
        {
            if (clock.Elapsed >= TimeSpan.FromSeconds(10))
            {
                clock.Restart();
                Console.WriteLine($"  {Invariant(text)}");
            }
        });
    }
}

/// <summary>Shows training as a bar with likelihoods and the time left; as ten lines where the output is a file or a CI log.</summary>
public static class EpochDisplay
{
    private const int Lines = 10;

    /// <param name="name">What is trained, or nothing.</param>
    /// <param name="train">The training; it reports to what it is given.</param>
    public static T Show<T>(string name, Func<IProgress<TrainingProgress>, T> train)
    {
        var prefix = name.Length > 0 ? $"{name}: " : "";
        if (!Terminal.IsInteractive)
        {
            return train(new Reporter<TrainingProgress>(value =>
            {
                var (round, every) = (value.Current.Round, Math.Max(1, value.Rounds / Lines));
                if (value.IsRoundEnd && (round % every == 0 || round == 1 || round == value.Rounds))
                {
                    Console.WriteLine(prefix + Describe(value));
                }
            }));
        }

        return AnsiConsole.Progress()
            .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var bar = context.AddTask(name.Length > 0 ? name : "starting");
                return train(new Reporter<TrainingProgress>(value =>
                    (bar.MaxValue, bar.Value, bar.Description) = (value.Steps, value.Current.Step, Markup.Escape(prefix + Describe(value)))));
            });
    }

    private static string Describe(TrainingProgress progress)
    {
        var validation = progress.History is [.., { ValidationNll: { } nll }] ? Invariant($", validation {nll:F3}") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Current.Round}/{progress.Rounds}  NLL training {progress.Current.Loss:F3}{validation}  {progress.Remaining:m\\:ss} left");
    }
}
