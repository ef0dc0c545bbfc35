using System.Globalization;
using MAFlow.Examples;
using MnistDensity.Data;
using MnistDensity.Likelihoods;
using static TorchSharp.torch;

namespace MnistDensity;

/// <summary>One epoch: mean NLL in logit space in nats, of the first images of each set under the averaged weights.</summary>
public sealed record CurvePoint(int Epoch, double TrainNll, double ValidationNll, double TestNll, double TestBitsPerDimension, double Seconds);

/// <summary>What is measured at the end of each epoch: the first images of each set, enough for a curve; results come from the whole sets.</summary>
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
    public void Save(string path, IReadOnlyList<TrainingRecord> history) => AtomicFile.Write(path, temporary => File.WriteAllLines(temporary,
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
