using System.Diagnostics;
using System.Globalization;
using MnistDensity.Likelihoods;
using Spectre.Console;

namespace MnistDensity;

/// <summary>Prints table 1 of the paper with our row, the likelihoods of all sets, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(Evaluation results, long parameters)
    {
        AnsiConsole.Write(Table1(results.Test));
        Line($"Nats per image in logit space, ± two standard errors; {parameters:N0} parameters.");
        Line($"test        {results.Test.Nats:F2} ± {results.Test.TwoStandardErrors:F2}, {results.Test.BitsPerDimension:F4} bits/dim ({results.Test.Images} images)");
        Line($"validation  {results.Validation.Nats:F2} ± {results.Validation.TwoStandardErrors:F2}, {results.Validation.BitsPerDimension:F4} bits/dim ({results.Validation.Images} images)");
        Line($"train       {results.Train.Nats:F2} ± {results.Train.TwoStandardErrors:F2}, {results.Train.BitsPerDimension:F4} bits/dim ({results.Train.Images} images)");
        var depth = results.Depth;
        Line($"depth       {depth.Depth}; {2 * depth.Depth} steps change the mean by {Math.Abs(depth.Difference):F3} nats");
        if (!depth.IsConverged)
        {
            Line($"No depth up to {Evaluation.MaxDepth} brought that below {Evaluation.Tolerance} nats: take the likelihoods as uncertain by as much.");
        }
    }

    public static void PrintFiles(IEnumerable<string> files)
    {
        using var process = Process.GetCurrentProcess();
        Line($"peak memory {process.PeakWorkingSet64 / 1e9:F2} GB");
        Console.WriteLine();
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    private static Table Table1(ImageLikelihood ours)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("Model");
        table.AddColumn(new TableColumn("Test NLL (nats)").RightAligned());
        table.AddColumn(new TableColumn("±").RightAligned());
        foreach (var published in PublishedResult.Table1)
        {
            AddRow(table, published.Model, published.Nats, published.Error);
        }

        AddRow(table, "Monge-Ampère flow, this model", ours.Nats, ours.TwoStandardErrors);
        return table;
    }

    private static void AddRow(Table table, string model, double nats, double error)
    {
        string Text(double number) => number.ToString("F1", CultureInfo.InvariantCulture);
        table.AddRow(model, Text(nats), Text(error));
    }

    private static void Line(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
