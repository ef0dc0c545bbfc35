using System.Diagnostics;
using AnomalyScoring.Data;
using AnomalyScoring.Detectors;

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
