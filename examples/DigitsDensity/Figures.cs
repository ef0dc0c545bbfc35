using MAFlow.Examples;
using MAFlow.MLNet;
using ScottPlot;

namespace DigitsDensity;

/// <summary>The three pictures: samples beside test digits, digits on their way to noise, and the course of the training.</summary>
public static class Figures
{
    public const int SampleCount = Columns * Columns;
    private const int Columns = 10, Snapshots = 4;

    private static readonly TileSheet _sheet = new(Digit.Side, scale: 6);

    /// <returns>The paths of the pictures.</returns>
    public static IReadOnlyList<string> Write(
        DirectoryInfo directory, MongeAmpereFlowTransformer model, DigitsData digits, IEnumerable<Digit> samples, Evaluation results) =>
    [
        OutputFiles.SavePng(
            directory, "samples.png", _sheet.Squares(Columns, ("Test digits", Ink(digits.Test)), ("Samples from the flow", Ink(samples)))),
        OutputFiles.SavePng(directory, "gaussianization.png", _sheet.Rows(Gaussianize(model.Model, digits))),
        OutputFiles.SavePng(directory, "nll.png", Curves(model.Report?.History ?? [], results)),
    ];

    private static IReadOnlyList<float[]> Ink(IEnumerable<Digit> digits) =>
        [.. digits.Select(digit => digit.Pixels.Select(ink => ink / Digit.MaximumInk).ToArray())];

    /// <summary>The first test digit of each class, on its way through the flow.</summary>
    private static IReadOnlyList<(string Label, IReadOnlyList<float[]> Images)> Gaussianize(DensityModel model, DigitsData digits)
    {
        using var oneOfEach = digits.Test.DistinctBy(digit => digit.Class).OrderBy(digit => digit.Class).ToTensor();
        return Gaussianization.Rows(
            model, oneOfEach, model.Flow.Options.Depth, Snapshots, pixels => pixels.div(Digit.MaximumInk), asPixels: true);
    }

    /// <summary>Training and validation NLL against the epoch, with the test NLL of both Gaussians as horizontal lines.</summary>
    private static byte[] Curves(IReadOnlyList<TrainingRecord> history, Evaluation results)
    {
        using var plot = Chart.New("UCI digits: negative log-likelihood", "epoch", "nats per image");
        var last = history.Count == 0 ? 1 : history[^1].Round;
        AddCurve(plot, history, epoch => epoch.Loss, "flow, training", Chart.LightBlue, Alignment.UpperRight);
        AddCurve(plot, history, epoch => epoch.ValidationNll, "flow, validation", Chart.Blue, Alignment.LowerRight);
        plot.AddLevel(last, results.DiagonalGaussian.Nats, "diagonal Gaussian, test", Chart.Brown);
        plot.AddLevel(last, results.FullGaussian.Nats, "full-covariance Gaussian, test", Chart.Red);
        plot.WholeNumbersBelow();
        plot.Axes.Margins(left: 0.02, right: 0.02, bottom: 0.14, top: 0.1);
        return plot.ToPng();
    }

    private static void AddCurve(
        Plot plot, IReadOnlyList<TrainingRecord> history, Func<TrainingRecord, double?> nll, string name, Color color, Alignment side)
    {
        var points = history.Where(epoch => nll(epoch) is not null).Select(epoch => (X: (double)epoch.Round, Y: nll(epoch)!.Value)).ToArray();
        if (points.Length > 0)
        {
            plot.AddCurve([.. points.Select(point => point.X)], [.. points.Select(point => point.Y)], color);
            plot.AddName(name, points[^1].X, points[^1].Y, color, side);
        }
    }
}
