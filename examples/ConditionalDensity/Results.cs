using System.Globalization;
using MAFlow.Examples;
using MAFlow.MLNet;
using ScottPlot;
using Spectre.Console;

namespace ConditionalDensity;

/// <summary>Prints both methods side by side, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(IEnumerable<SetResult> results)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Set").NoWrap()).AddColumn(
            new TableColumn("Method").NoWrap());
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
/// <param name="ExactNll">Mean -ln p under the true density, in nats; null where it is not known.</param>
/// <param name="Methods">The flow, then the Gaussian regression.</param>
public sealed record SetResult(string Set, int TrainingRows, int TestRows, double? ExactNll, IReadOnlyList<MethodResult> Methods);

/// <summary>What <c>--report FILE</c> writes.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Seconds">Seconds that all of it took.</param>
/// <param name="Sets">Results of each set.</param>
/// <param name="Files">Figures.</param>
public sealed record ConditionalReport(int Seed, double Seconds, IReadOnlyList<SetResult> Sets, IReadOnlyList<string> Files);

/// <summary>The two pictures of a set: predicted quantiles over the points, and the calibration.</summary>
public static class Figures
{
    private const int MaxPoints = 1500, Steps = 200;

    /// <returns>The paths of the pictures.</returns>
    public static IReadOnlyList<string> Write(
        DirectoryInfo directory, DataSet set, MongeAmpereFlowRegressionTransformer model, IReadOnlyList<MethodResult> results) =>
    [
        OutputFiles.SavePng(
            directory, $"{set.Name}-bands.png", set.Training[0].Features.Length == 1 ? OverTheFeature(set, model) : OverRows(set, model)),
        OutputFiles.SavePng(directory, $"{set.Name}-histogram.png", Calibration($"Calibration: {set.Name}", results)),
    ];

    /// <summary>One feature: quantiles over it.</summary>
    private static byte[] OverTheFeature(DataSet set, MongeAmpereFlowRegressionTransformer model)
    {
        var (low, high) = (set.Test.Min(row => row.Features[0]), set.Test.Max(row => row.Features[0]));
        double[] x = [.. Enumerable.Range(0, Steps + 1).Select(k => low + (k * ((double)high - low) / Steps))];
        Observation[] rows = [.. x.Select(value => new Observation { Features = [(float)value] })];
        return Bands(
            $"Predicted quantiles: {set.Name}", ("x", set.Label), x, FlowMethod.Quantiles(model, rows),
            [.. set.Test.Take(MaxPoints).Select(row => ((double)row.Features[0], (double)row.Label))]);
    }

    /// <summary>Many features: quantiles of each test row, in the order of its median.</summary>
    private static byte[] OverRows(DataSet set, MongeAmpereFlowRegressionTransformer model)
    {
        var middle = FlowMethod.Levels.Count / 2;
        var sorted = FlowMethod.Quantiles(model, set.Test).Zip(set.Test).OrderBy(pair => pair.First[middle]).ToArray();
        return Bands(
            $"Predicted quantiles: {set.Name}", ("test rows in the order of their predicted median", set.Label),
            [.. Enumerable.Range(1, sorted.Length).Select(rank => (double)rank)], [.. sorted.Select(pair => pair.First)],
            [.. sorted.Select((pair, rank) => (rank + 1.0, (double)pair.Second.Label))]);
    }

    /// <summary>Bands between quantiles over the points: 90%, 70%, 50%, 30% and 10%, the wider the lighter.</summary>
    /// <param name="title">Title.</param>
    /// <param name="axes">Names of both axes.</param>
    /// <param name="x">Where the quantiles are, ascending.</param>
    /// <param name="quantiles">Of each x, an odd number of them, symmetric around the median.</param>
    /// <param name="points">What was observed.</param>
    private static byte[] Bands(
        string title, (string X, string Y) axes, double[] x, float[][] quantiles, IReadOnlyList<(double X, double Y)> points)
    {
        using var plot = Chart.New(title, axes.X, axes.Y);
        var count = quantiles[0].Length;
        for (var k = 0; k < count / 2; k++)
        {
            var band = plot.Add.FillY(x, At(quantiles, k), At(quantiles, count - 1 - k));
            (band.FillColor, band.LineWidth) = (Chart.Blue.WithAlpha(0.16), 0);
        }

        var dots = plot.Add.ScatterPoints(
            points.Select(point => point.X).ToArray(), points.Select(point => point.Y).ToArray(), Chart.Red.WithAlpha(0.55));
        (dots.MarkerSize, dots.LegendText) = (4, "test rows");
        plot.AddCurve(x, At(quantiles, count / 2), Chart.Blue, "median, and bands of 10 to 90%");
        plot.ShowLegend(Alignment.UpperLeft);
        return plot.ToPng();
    }

    private static double[] At(float[][] quantiles, int level) => [.. quantiles.Select(row => (double)row[level])];

    /// <summary>Histograms of P(y ≤ label), which are flat where the distributions are right.</summary>
    private static byte[] Calibration(string title, IReadOnlyList<MethodResult> results)
    {
        using var plot = Chart.New(title, "share of the predicted distribution below the label", "test rows");
        foreach (var (k, result) in results.Index())
        {
            var counts = result.Histogram;
            var size = 1.0 / counts.Count;
            // Each bin as a step of the outline.
            double[] x = [0, .. Enumerable.Range(0, counts.Count).SelectMany(bin => (double[])[bin * size, (bin + 1) * size]), 1];
            double[] y = [0, .. counts.SelectMany(count => (double[])[count, count]), 0];
            plot.AddCurve(x, y, k == 0 ? Chart.Blue : Chart.Brown, result.Method);
        }

        var level = plot.Add.HorizontalLine(results[0].Histogram.Average(), 1.5f, Colors.Black.WithOpacity(0.5), LinePattern.Dashed);
        level.LegendText = "right distributions";
        plot.ShowLegend(Alignment.UpperCenter);
        plot.Axes.SetLimitsY(0, 1.6 * results.Max(result => result.Histogram.Max()));
        return plot.ToPng(height: 520);
    }
}
