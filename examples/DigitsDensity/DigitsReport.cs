using MAFlow.Examples;

namespace DigitsDensity;

/// <summary>What <c>--report FILE</c> writes. All likelihoods are in nats per image of the original pixels, bin width 1.</summary>
public sealed record DigitsReport
{
    public required double TestNllNats { get; init; }
    public required double TestNllStandardError { get; init; }
    public required double BitsPerDimension { get; init; }
    public required double DiagonalGaussianNllNats { get; init; }
    public required double FullGaussianNllNats { get; init; }
    public required double TrainSeconds { get; init; }
    public required long Parameters { get; init; }

    /// <summary>max |decode(encode(y)) - y| over the test digits, in the standardised coordinates y of the flow.</summary>
    public required double RoundTripMaxError { get; init; }

    /// <summary>|mean test NLL with d steps of integration - with 2d steps|.</summary>
    public required double DepthCheckNats { get; init; }

    public required double ShuffledAuroc { get; init; }
    public required double RotatedAuroc { get; init; }

    /// <summary>max |log-likelihood of the model in memory - of the model loaded from its file| over the test digits.</summary>
    public required double ReloadMaxDifference { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    public static DigitsReport Of(Evaluation results, long parameters, double trainSeconds, IReadOnlyList<string> files) => new()
    {
        TestNllNats = results.Flow.Nats,
        TestNllStandardError = results.Flow.StandardError,
        BitsPerDimension = results.Flow.BitsPerDimension,
        DiagonalGaussianNllNats = results.DiagonalGaussian.Nats,
        FullGaussianNllNats = results.FullGaussian.Nats,
        TrainSeconds = trainSeconds,
        Parameters = parameters,
        RoundTripMaxError = results.RoundTripMaxError,
        DepthCheckNats = results.DepthCheckNats,
        ShuffledAuroc = results.ShuffledAuroc,
        RotatedAuroc = results.RotatedAuroc,
        ReloadMaxDifference = results.ReloadMaxDifference,
        Files = files,
    };

    public void Save(string path) => ReportFile.Save(path, this);
}
