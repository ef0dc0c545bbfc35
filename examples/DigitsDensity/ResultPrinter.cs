using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace DigitsDensity;

/// <summary>Prints the likelihoods side by side, the checks, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(Evaluation results, long parameters, double trainSeconds, TrainingReport? training)
    {
        Line($"Trained {parameters:N0} parameters in {trainSeconds:F1} s.");
        Line($"Best validation NLL {training?.BestValidationNll:F2}, epoch {training?.BestRound}.");
        AnsiConsole.Write(LikelihoodTable(results));
        Line($"AUROC against shuffled pixels  {results.ShuffledAuroc:F4}");
        Line($"AUROC against rotated digits   {results.RotatedAuroc:F4}");
        Line($"Twice the depth changes        {results.DepthCheckNats:E1} nats");
        Line($"Encoding and decoding errs by  {results.RoundTripMaxError:E1}");
        Line($"The loaded model differs by    {results.ReloadMaxDifference:G3} nats");
    }

    public static void PrintFiles(IEnumerable<string> files)
    {
        using var process = Process.GetCurrentProcess();
        Line($"Peak memory                    {process.PeakWorkingSet64 / 1e9:F2} GB");
        Console.WriteLine();
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    private static Table LikelihoodTable(Evaluation results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("Model");
        foreach (var heading in (string[])["Test NLL (nats)", "Standard error", "Bits/dim"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        AddRow(table, "Monge-Ampère flow", results.Flow);
        AddRow(table, "Full-covariance Gaussian", results.FullGaussian);
        AddRow(table, "Diagonal Gaussian", results.DiagonalGaussian);
        return table;
    }

    private static void AddRow(Table table, string model, NllSummary nll)
    {
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        table.AddRow(model, Text($"{nll.Nats:F2}"), Text($"{nll.StandardError:F2}"), Text($"{nll.BitsPerDimension:F3}"));
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
