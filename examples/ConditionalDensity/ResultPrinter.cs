using System.Globalization;
using Spectre.Console;

namespace ConditionalDensity;

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

        // A file or a log has no width of its own.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 110);
        AnsiConsole.Write(table);
    }

    public static void PrintFiles(IEnumerable<string> files)
    {
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
