using System.Globalization;
using MAFlow.Examples;
using Spectre.Console;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>Likelihoods of a model at a depth where twice as many steps hardly change them.</summary>
/// <param name="Depth">The depth and how it was found.</param>
/// <param name="Test">The whole test set.</param>
/// <param name="Validation">The whole validation set.</param>
/// <param name="Train">The first training images, as many as in the other sets.</param>
public sealed record Evaluation(DepthSearch Depth, ImageLikelihood Test, ImageLikelihood Validation, ImageLikelihood Train)
{
    /// <summary>Largest change of the mean when the depth is doubled, in nats per image, and the largest depth.</summary>
    public const double Tolerance = 0.1;
    public const int MaxDepth = 400;

    private const int TrainImages = 10_000;
    private const int DepthImages = 2_000;

    public static Evaluation Of(DensityModel model, MnistData data, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var logits = new LogitSpace();
        var scoring = new ImageScoring(model, logits);
        var decisive = MnistData.First(data.Test, DepthImages);
        var depth = WorkDisplay.Show(
            $"Looking for a depth that suffices, on {decisive.shape[0]} test images",
            progress => DepthSearch.Run(
                model.Flow.Depth, depth => scoring.PixelNats(decisive, depth, progress, cancellationToken).Average(), Tolerance, MaxDepth));
        ImageLikelihood Score(string name, Tensor images) => WorkDisplay.Show(
            $"Scoring {images.shape[0]} {name} images at depth {depth.Depth}", progress => scoring.Of(
                images, depth.Depth, progress, cancellationToken));
        return new(
            depth, Score("test", data.Test), Score("validation", data.Validation),
            Score("training", MnistData.First(data.Training, TrainImages)));
    }

    /// <summary>What <c>--report FILE</c> writes. Nats are per image in logit space, comparable with table 1 of the paper.</summary>
    /// <param name="parameters">Number of parameters.</param>
    /// <param name="epochs">Epochs of training; null where a model was only scored.</param>
    /// <param name="seconds">Seconds of training, or of scoring where a model was only scored.</param>
    /// <param name="files">What was written.</param>
    public object Report(long parameters, int? epochs, double seconds, IReadOnlyList<string> files) => new
    {
        TestNllNats = Test.Nats,
        TestNllTwoStandardErrors = Test.TwoStandardErrors,
        ValidationNllNats = Validation.Nats,
        TrainNllNats = Train.Nats,
        // Of the test images' pixels, all Jacobians included.
        Test.BitsPerDimension,
        Depth.Depth,
        // |mean test NLL with twice as many steps - with d|, and whether that is below the tolerance.
        DepthCheckNats = Math.Abs(Depth.Difference),
        DepthSuffices = Depth.IsConverged,
        parameters,
        epochs,
        seconds,
        files,
    };
}

/// <summary>Table 1 of Zhang, E, Wang (2018): mean test NLL in nats per image, in logit space; its first three rows are quoted from table 2
/// of Papamakarios, Pavlakou, Murray (2017).</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Nats">Mean test NLL.</param>
/// <param name="Error">Two standard errors over the test images; for the paper's own row, two standard deviations over its last
/// epochs.</param>
public sealed record PublishedResult(string Model, double Nats, double Error)
{
    public static IReadOnlyList<PublishedResult> Table1 { get; } =
    [
        new("MADE", 1380.8, 4.8),
        new("Real NVP", 1323.2, 6.6),
        new("MAF", 1300.5, 1.7),
        new("Monge-Ampère flow, paper", 1255.5, 2.0),
    ];
}

/// <summary>Prints table 1 of the paper with our row, the likelihoods of all sets, and the files.</summary>
public static class ResultPrinter
{
    public static void Print(Evaluation results, long parameters)
    {
        AnsiConsole.Write(Table1(results.Test));
        Line($"Nats per image in logit space, ± two standard errors; {parameters:N0} parameters.");
        foreach (var (name, set) in (ReadOnlySpan<(string, ImageLikelihood)>)
            [("test", results.Test), ("validation", results.Validation), ("train", results.Train)])
        {
            Line($"{name,-10}  {set.Nats:F2} ± {set.TwoStandardErrors:F2}, {set.BitsPerDimension:F4} bits/dim ({set.Images} images)");
        }

        Line($"peak memory {OutputFiles.PeakMemory():F2} GB");
        var depth = results.Depth;
        Line($"depth       {depth.Depth}; {2 * depth.Depth} steps change the mean by {Math.Abs(depth.Difference):F3} nats");
        if (!depth.IsConverged)
        {
            Line($"No depth up to {Evaluation.MaxDepth} brought that below {Evaluation.Tolerance} nats: take the likelihoods as uncertain by as much.");
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
