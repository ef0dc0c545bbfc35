using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace MnistDensity;

/// <summary>Shows work of more than a moment as a bar; as a line before and its seconds after where the output is a file or a CI log.</summary>
public static class WorkDisplay
{
    /// <summary>Whether bars can be drawn.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    /// <param name="what">What is done, without a full stop.</param>
    /// <param name="work">The work; it reports the share that is done, from 0 to 1.</param>
    public static T Show<T>(string what, Func<IProgress<double>, T> work)
    {
        if (IsInteractive)
        {
            return ShowBar((bar, refresh) =>
            {
                bar.Description = Markup.Escape(what);
                refresh();
                return work(new Bar(bar, refresh));
            });
        }

        Console.Write($"{what} ... ");
        var clock = Stopwatch.StartNew();
        var result = work(new Silent());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalSeconds:F1} s"));
        return result;
    }

    /// <inheritdoc cref="Show{T}"/>
    public static void Show(string what, Action<IProgress<double>> work) => Show(what, progress =>
    {
        work(progress);
        return true;
    });

    /// <summary>Runs work beside a bar from 0 to 1, drawn on the calling thread whenever the work asks for it.</summary>
    public static T ShowBar<T>(Func<ProgressTask, Action, T> work) => AnsiConsole.Progress()
        .AutoRefresh(false)
        .Columns(new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
        .Start(context => work(context.AddTask("starting", maxValue: 1), context.Refresh));

    private sealed class Bar(ProgressTask task, Action refresh) : IProgress<double>
    {
        public void Report(double value)
        {
            task.Value = value;
            refresh();
        }
    }

    private sealed class Silent : IProgress<double>
    {
        public void Report(double value)
        {
        }
    }
}
