namespace AnomalyScoring.Detectors;

/// <summary>A way to learn what ordinary rows look like.</summary>
public interface IDetector
{
    /// <summary>Name in tables and figures.</summary>
    string Name { get; }

    /// <summary>Learns from rows of features.</summary>
    IScorer Train(float[][] rows, int seed);
}

/// <summary>What a detector has learnt.</summary>
public interface IScorer : IDisposable
{
    /// <summary>One number a row: the higher, the more anomalous.</summary>
    double[] Score(float[][] rows);
}
