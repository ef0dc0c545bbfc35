using System.CommandLine;
using System.Globalization;
using MAFlow.Examples;
using Spectre.Console;

namespace ConditionalDensity;

/// <summary>Options, their checks, Ctrl-C, and exit codes: 0 done, 1 bad option or failure, 130 cancelled.</summary>
public static class CommandLine
{
    private const int LeastRows = 100;

    public static int Run(string[] args, Action<Settings, CancellationToken> job)
    {
        var seed = Options.Of("--seed", 1, "Seed of data, splits and training.");
        var rows = Options.Of("--rows", Settings.DefaultRows, "Training rows of the two synthetic sets.");
        var seconds = Options.Of("--max-seconds", 60.0, "Most seconds of training for each set.");
        var output = Options.Output("Directory for the figures, created if missing.", Settings.DefaultOutput);
        var report = Options.Report();
        Options.Require(rows, value => value >= LeastRows, $"at least {LeastRows}");
        const string purpose =
            "Predicts whole distributions, p(y | x), with a Monge-Ampère flow: two synthetic sets and a real table, beside a Gaussian regression.";
        var command = new RootCommand(purpose)
        {
            seed, rows, seconds, output, report,
        };
        command.SetAction(parsed =>
        {
            var settings = new Settings(
                parsed.GetValue(seed), parsed.GetValue(rows), parsed.GetValue(seconds), parsed.GetRequiredValue(output), parsed.GetValue(report));
            return ConsoleProgram.Run(
                [settings.Output, settings.Report?.Directory], Options.FilesAreKept, cancellationToken => job(settings, cancellationToken));
        });
        return ConsoleProgram.Invoke(command, args);
    }
}

/// <summary>What the command line asks for.</summary>
public sealed record Settings(int Seed, int Rows, double MaxSeconds, DirectoryInfo Output, FileInfo? Report)
{
    public const int DefaultRows = 8000;
    public const int TestRows = 5000;
    public const string DefaultOutput = "out/conditional";
}

/// <summary>Prints both methods side by side, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(IEnumerable<SetResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Set").NoWrap()).AddColumn(new TableColumn("Method").NoWrap());
        foreach (var heading in (string[])["NLL", "exact", "CRPS", "90% covers", "R²", "Training (s)"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var result in results)
        {
            foreach (var method in result.Methods)
            {
                table.AddRow(
                    result.Set, method.Method, Text($"{method.Nll:F3}"), result.ExactNll is { } exact ? Text($"{exact:F3}") : "-",
                    Text($"{method.RankedScore:G4}"), Text($"{method.Coverage:P1}"), Text($"{method.RSquared:F3}"), Text($"{method.TrainSeconds:F1}"));
            }
        }

        Terminal.Widen(110);
        AnsiConsole.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Both methods on one set.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="TrainingRows">Rows to learn from.</param>
/// <param name="TestRows">Rows to test on.</param>
/// <param name="ExactNll">Mean -ln p under the true density, in nats; null where nobody knows it.</param>
/// <param name="Methods">The flow, then the Gaussian regression.</param>
public sealed record SetResult(string Set, int TrainingRows, int TestRows, double? ExactNll, IReadOnlyList<MethodResult> Methods);

/// <summary>What <c>--report FILE</c> writes.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Seconds">Seconds that all of it took.</param>
/// <param name="Sets">Results of each set.</param>
/// <param name="Files">Figures.</param>
public sealed record ConditionalReport(int Seed, double Seconds, IReadOnlyList<SetResult> Sets, IReadOnlyList<string> Files);
