using System.Globalization;
using MAFlow.Examples;
using ScottPlot;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>One epoch: mean NLL in logit space in nats, of the first images of each set under the averaged weights.</summary>
public sealed record CurvePoint(
    int Epoch, double TrainNll, double ValidationNll, double TestNll, double TestBitsPerDimension, double Seconds);

/// <summary>What is measured at the end of each epoch: the first images of each set, enough for a curve; results come from the whole
/// sets.</summary>
/// <remarks>The trainer's values are nats of pixels. The noise is fixed, so those of logit space differ by the same number at every epoch.</remarks>
public sealed class LearningCurve : IDisposable
{
    private const int ImagesPerSet = 2_000;
    private const string Train = "train", Test = "test";
    private readonly int _depth;
    private readonly double _trainOffset, _validationOffset, _testOffset;
    private readonly Dictionary<string, Tensor> _monitored;

    /// <param name="training">Images that are trained on.</param>
    /// <param name="data">The other sets.</param>
    /// <param name="depth">Depth of training, at which the trainer scores.</param>
    public LearningCurve(Tensor training, MnistData data, int depth)
    {
        _depth = depth;
        Validation = MnistData.First(data.Validation, ImagesPerSet);
        _monitored = new() { [Train] = MnistData.First(training, ImagesPerSet), [Test] = MnistData.First(data.Test, ImagesPerSet) };
        using var logits = new LogitSpace();
        (_trainOffset, _validationOffset, _testOffset) =
            (logits.MeanLogDeterminant(_monitored[Train]), logits.MeanLogDeterminant(Validation), logits.MeanLogDeterminant(_monitored[Test]));
    }

    /// <summary>Rows that the trainer validates with.</summary>
    public Tensor Validation { get; }

    /// <summary>Rows that the trainer monitors.</summary>
    public IReadOnlyDictionary<string, Tensor> Monitored => _monitored;

    /// <summary>How the values are measured.</summary>
    public string Conditions => $"first {_monitored[Train].shape[0]} training, {Validation.shape[0]} validation and {_monitored[Test].shape[0]} test images, averaged weights, fixed dequantisation noise, training's own depth, {_depth} at first";

    public CurvePoint Point(TrainingRecord epoch)
    {
        var test = epoch.MonitoredNll[Test];
        return new(
            epoch.Round, epoch.MonitoredNll[Train] + _trainOffset, epoch.ValidationNll!.Value + _validationOffset, test + _testOffset,
            ImageLikelihood.Bits(test), epoch.ElapsedSeconds);
    }

    /// <summary>Likelihood of the monitored test images before anything is learnt: that of the preprocessing alone.</summary>
    public ImageLikelihood Start(DensityModel model, IProgress<double> progress, CancellationToken cancellationToken)
    {
        using var logits = new LogitSpace();
        return new ImageScoring(model, logits).Of(_monitored[Test], _depth, progress, cancellationToken);
    }

    /// <summary>Writes the whole curve, of which each line is an epoch.</summary>
    public void Save(string path, IReadOnlyList<TrainingRecord> history) =>
        AtomicFile.Write(path, temporary => File.WriteAllLines(temporary,
    [
        $"# mean negative log-likelihood in logit space, nats per image; {Conditions}",
        "epoch,trainNllNats,validationNllNats,testNllNats,testBitsPerDimension,seconds",
        .. history.Select(Point).Select(point => string.Create(CultureInfo.InvariantCulture,
            $"{point.Epoch},{point.TrainNll:F3},{point.ValidationNll:F3},{point.TestNll:F3},{point.TestBitsPerDimension:F5},{point.Seconds:F1}")),
    ]));

    public void Dispose()
    {
        Validation.Dispose();
        foreach (var images in _monitored.Values)
        {
            images.Dispose();
        }
    }
}

/// <summary>The pictures in the output directory; each method returns the path.</summary>
public static class Figures
{
    private const int Columns = 10, Snapshots = 5;

    private static readonly TileSheet _sheet = new(Mnist.Side, scale: 2);

    /// <summary>Test digits beside samples.</summary>
    public static string WriteSamples(Settings settings, DensityModel model, MnistData data, int depth)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)settings.Seed);
        var samples = model.At(depth).Sample(Columns * Columns, generator);
        var test = MnistData.First(data.Test, Columns * Columns);
        return OutputFiles.SavePng(
            settings.Output, "samples.png",
            _sheet.Squares(
                Columns, ("Test digits", Gaussianization.ToRows(Ink(test))),
                ("Samples from the flow", Gaussianization.ToRows(Ink(samples)))));
    }

    /// <summary>The first test image of each digit on its way to Gaussian noise: figure 3b of the paper.</summary>
    public static string WriteStrip(Settings settings, DensityModel model, MnistData data, int depth)
    {
        using var scope = NewDisposeScope();
        var oneOfEach = data.TestLabels.Index().DistinctBy(label => label.Item).OrderBy(label => label.Item).Select(
            label => (long)label.Index);
        var images = data.Test.index_select(0, tensor(oneOfEach.ToArray()));
        return OutputFiles.SavePng(
            settings.Output, "gaussianization.png", _sheet.Rows(Gaussianization.Rows(model, images, depth, Snapshots, Ink)));
    }

    /// <summary>NLL of all three sets against the epoch, with table 1 of the paper as horizontal lines: figure 3a of the paper.</summary>
    public static string WriteCurve(Settings settings, IReadOnlyList<CurvePoint> curve)
    {
        using var plot = Chart.New("MNIST: negative log-likelihood", "epoch", "nats per image in logit space");
        double[] epochs = [.. curve.Select(point => (double)point.Epoch)];
        plot.AddCurve(epochs, [.. curve.Select(point => point.TrainNll)], Chart.LightBlue, "train");
        plot.AddCurve(epochs, [.. curve.Select(point => point.ValidationNll)], Chart.Green, "validation");
        plot.AddCurve(epochs, [.. curve.Select(point => point.TestNll)], Chart.Blue, "test");
        foreach (var published in PublishedResult.Table1)
        {
            plot.AddLevel(
                Math.Max(1, curve.Count), published.Nats, FormattableString.Invariant($"{published.Model} {published.Nats:F1}"),
                Chart.Brown);
        }

        plot.ShowLegend(Alignment.UpperCenter, Orientation.Horizontal);
        plot.WholeNumbersBelow();
        plot.Axes.Margins(left: 0.03, right: 0.03, bottom: 0.08, top: 0.2);
        return OutputFiles.SavePng(settings.Output, "nll.png", plot.ToPng());
    }

    /// <summary>Pixels 0 to 255 as ink from 0 to 1.</summary>
    private static Tensor Ink(Tensor pixels) => pixels.div(Mnist.Levels - 1);
}
