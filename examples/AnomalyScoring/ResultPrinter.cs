using System.Globalization;
using MAFlow.MLNet;
using Spectre.Console;

namespace AnomalyScoring;

/// <summary>Prints the detectors side by side, the most anomalous rows, and the files.</summary>
public static class ResultPrinter
{
    public static void PrintMethods(IEnumerable<MethodResult> results)
    {
        var table = new Spectre.Console.Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Detector").NoWrap());
        foreach (var heading in (string[])["AUROC", "Avg. precision", "Found at 1% FP", "Found at 5% FP", "Training (s)", "µs/row"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        foreach (var result in results)
        {
            table.AddRow(
                result.Name,
                Spread(result, trial => trial.Ranking.Auroc),
                Spread(result, trial => trial.Ranking.AveragePrecision),
                Spread(result, trial => trial.Ranking.DetectedAt1Percent),
                Spread(result, trial => trial.Ranking.DetectedAt5Percent),
                Text($"{result.Of(trial => trial.TrainSeconds).Mean:F2}"),
                Text($"{result.Of(trial => trial.ScoreMicrosecondsPerRow).Mean:F1}"));
        }

        // A file or a log has no width of its own.
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, 110);
        AnsiConsole.Write(table);
    }

    public static void PrintExplanations(IEnumerable<Explanation> explanations)
    {
        Console.WriteLine("The ten most anomalous rows of the first test, the nats that one standard deviation of a feature adds to -ln p,");
        Console.WriteLine("and what the row would have to be there to be ordinary:");
        foreach (var row in explanations)
        {
            var leading = string.Join(", ", row.Leading.Select(reason => Text($"{reason.Feature} {reason.Contribution:+0.0;-0.0} ({reason.Value:G3}, not {reason.Ordinary:G3})")));
            Console.WriteLine(Text($"  row {row.Row,6}  score {row.Score,9:F1}  p {row.PValue:F3}  {(row.IsAnomaly ? "anomaly " : "ordinary")}  {leading}"));
        }
    }

    public static void PrintCalibration(CalibrationMetrics metrics)
    {
        Console.WriteLine();
        Console.WriteLine(Text($"The {metrics.Rows} ordinary rows of that test against the held-out ones: Kolmogorov-Smirnov {metrics.KolmogorovSmirnov:F3}, p = {metrics.PValue:F2}, {metrics.ShareFlagged:P1} flagged."));
    }

    public static void PrintFiles(IEnumerable<string> files)
    {
        Console.WriteLine();
        Console.WriteLine("Files written:");
        foreach (var file in files)
        {
            Console.WriteLine($"  {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    private static string Spread(MethodResult result, Func<Trial, double> figure)
    {
        var (mean, deviation) = result.Of(figure);
        return Text($"{mean:F3} ± {deviation:F3}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
