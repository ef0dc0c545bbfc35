namespace MnistDensity;

/// <summary>What <c>--report FILE</c> writes after train and evaluate. Nats are per image in logit space, comparable with table 1 of the paper.</summary>
public sealed record EvaluationReport
{
    public required double TestNllNats { get; init; }
    public required double TestNllTwoStandardErrors { get; init; }
    public required double ValidationNllNats { get; init; }
    public required double TrainNllNats { get; init; }

    /// <summary>Of the test images' pixels, all Jacobians included.</summary>
    public required double BitsPerDimension { get; init; }

    public required int Depth { get; init; }

    /// <summary>|mean test NLL with twice as many steps - with d|.</summary>
    public required double DepthCheckNats { get; init; }

    /// <summary>Whether that is below the tolerance.</summary>
    public required bool DepthSuffices { get; init; }

    public required long Parameters { get; init; }

    /// <summary>Epochs of training; null where a model was only scored.</summary>
    public required int? Epochs { get; init; }

    /// <summary>Seconds of training, or of scoring where a model was only scored.</summary>
    public required double Seconds { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    public static EvaluationReport Of(Evaluation results, long parameters, int? epochs, double seconds, IReadOnlyList<string> files) => new()
    {
        TestNllNats = results.Test.Nats,
        TestNllTwoStandardErrors = results.Test.TwoStandardErrors,
        ValidationNllNats = results.Validation.Nats,
        TrainNllNats = results.Train.Nats,
        BitsPerDimension = results.Test.BitsPerDimension,
        Depth = results.Depth.Depth,
        DepthCheckNats = Math.Abs(results.Depth.Difference),
        DepthSuffices = results.Depth.IsConverged,
        Parameters = parameters,
        Epochs = epochs,
        Seconds = seconds,
        Files = files,
    };
}
