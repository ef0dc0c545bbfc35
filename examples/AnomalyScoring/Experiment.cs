using System.Diagnostics;
using System.Globalization;
using MAFlow.Examples;

namespace AnomalyScoring;

/// <summary>Trains and scores every detector on every split.</summary>
public static class Experiment
{
    public static MethodResult Run(IDetector detector, IReadOnlyList<Split> splits, int firstSeed, CancellationToken cancellationToken) =>
        new(detector.Name, [.. splits.Select((split, index) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Console.WriteLine($"{detector.Name}, split {index + 1} of {splits.Count}");
            return Run(detector, split, firstSeed + index);
        })]);

    private static Trial Run(IDetector detector, Split split, int seed)
    {
        var clock = Stopwatch.StartNew();
        using var scorer = detector.Train(split.Training, seed);
        var trainSeconds = clock.Elapsed.TotalSeconds;
        // The first rows pay for compilation.
        _ = scorer.Score(split.Test[..1]);
        clock.Restart();
        var scores = scorer.Score(split.Test);
        return new Trial(scores, Ranking.Of(scores, split.Anomalies), trainSeconds, clock.Elapsed.TotalMicroseconds / split.Test.Length);
    }
}

/// <summary>What one detector did on each of the splits.</summary>
public sealed record MethodResult(string Name, IReadOnlyList<Trial> Trials)
{
    public (double Mean, double Deviation) Of(Func<Trial, double> figure)
    {
        var mean = Trials.Average(figure);
        return (mean, Trials.Count < 2 ? 0 : Math.Sqrt(
            Trials.Sum(trial => (figure(trial) - mean) * (figure(trial) - mean)) / (Trials.Count - 1)));
    }
}

/// <summary>One detector on one split.</summary>
public sealed record Trial(double[] Scores, Ranking Ranking, double TrainSeconds, double ScoreMicrosecondsPerRow);

/// <summary>What <c>--report FILE</c> writes: means over the splits, with standard deviations beside them.</summary>
public sealed record AnomalyReport
{
    public required string Table { get; init; }
    public required int Splits { get; init; }
    public required AllMethods Methods { get; init; }
    public required IReadOnlyList<string> Files { get; init; }

    public static AnomalyReport Of(string table, IReadOnlyList<MethodResult> results, IReadOnlyList<string> files) => new()
    {
        Table = table,
        Splits = results[0].Trials.Count,
        Methods = new AllMethods(Method.Of(results[0]), Method.Of(results[1]), Method.Of(results[2]), Method.Of(results[3])),
        Files = files,
    };

    /// <summary>The detectors by name.</summary>
    public sealed record AllMethods(Method MongeAmpereFlow, Method RandomizedPca, Method Gaussian, Method KMeans);

    /// <summary>The figures of one detector.</summary>
    public sealed record Method
    {
        public required double Auroc { get; init; }
        public required double AurocStandardDeviation { get; init; }
        public required double AveragePrecision { get; init; }
        public required double AveragePrecisionStandardDeviation { get; init; }

        /// <summary>Share of anomalies found where 1% of the ordinary rows are called anomalies, too.</summary>
        public required double DetectionRateAt1Percent { get; init; }
        public required double DetectionRateAt5Percent { get; init; }
        public required double TrainSeconds { get; init; }
        public required double ScoreMicrosecondsPerRow { get; init; }

        public static Method Of(MethodResult result) => new()
        {
            Auroc = result.Of(trial => trial.Ranking.Auroc).Mean,
            AurocStandardDeviation = result.Of(trial => trial.Ranking.Auroc).Deviation,
            AveragePrecision = result.Of(trial => trial.Ranking.AveragePrecision).Mean,
            AveragePrecisionStandardDeviation = result.Of(trial => trial.Ranking.AveragePrecision).Deviation,
            DetectionRateAt1Percent = result.Of(trial => trial.Ranking.DetectedAt1Percent).Mean,
            DetectionRateAt5Percent = result.Of(trial => trial.Ranking.DetectedAt5Percent).Mean,
            TrainSeconds = result.Of(trial => trial.TrainSeconds).Mean,
            ScoreMicrosecondsPerRow = result.Of(trial => trial.ScoreMicrosecondsPerRow).Mean,
        };
    }
}

/// <summary>The embedded table: benign tumours are ordinary, malignant ones anomalies.</summary>
public static class BreastCancer
{
    private const int FeatureCount = 30;

    private static readonly string[] _properties =
        ["radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry", "fractal dimension"];

    public static Table Load()
    {
        using var stream = typeof(BreastCancer).Assembly.GetManifestResourceStream("breast_cancer.csv")
            ?? throw new InvalidOperationException("The program was built without its data, the resource breast_cancer.csv.");
        using var reader = new StreamReader(stream);
        float[][] cells = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => line.Split(',').Select(cell => float.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];
        string[] names = [.. from statistic in (string[])["mean", "error", "worst"] from property in _properties select $"{property} ({statistic})"];
        return new Table(
            "breast cancer", names, [.. cells.Select(row => row[..FeatureCount])], [.. cells.Select(row => row[FeatureCount] == 0)]);
    }
}
