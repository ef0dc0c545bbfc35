using System.Diagnostics;
using Spectre.Console;

namespace MAFlow.Examples;

/// <summary>Says what is going on: one line that changes, or a line every ten seconds where the output is a file.</summary>
public static class StatusLine
{
    public static T Show<T>(string title, Func<Action<FormattableString>, T> work)
    {
        if (!Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive)
        {
            return AnsiConsole.Status().Start(title, context => work(text => context.Status($"{title}: {Markup.Escape(FormattableString.Invariant(text))}")));
        }

        Console.WriteLine(title);
        var clock = Stopwatch.StartNew();
        return work(text =>
        {
            if (clock.Elapsed >= TimeSpan.FromSeconds(10))
            {
                clock.Restart();
                Console.WriteLine($"  {FormattableString.Invariant(text)}");
            }
        });
    }
}
