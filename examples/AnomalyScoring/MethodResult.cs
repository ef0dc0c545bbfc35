namespace AnomalyScoring;

/// <summary>What one detector did on each of the splits.</summary>
public sealed record MethodResult(string Name, IReadOnlyList<Trial> Trials)
{
    public (double Mean, double Deviation) Of(Func<Trial, double> figure)
    {
        var mean = Trials.Average(figure);
        return (mean, Trials.Count < 2 ? 0 : Math.Sqrt(Trials.Sum(trial => (figure(trial) - mean) * (figure(trial) - mean)) / (Trials.Count - 1)));
    }
}

/// <summary>One detector on one split.</summary>
public sealed record Trial(double[] Scores, Ranking Ranking, double TrainSeconds, double ScoreMicrosecondsPerRow);
