namespace AnomalyScoring;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(
    int Seed, double MaxSeconds, FileInfo? Data, string Label, string Anomaly, bool TrainOnNormal, DirectoryInfo Output, FileInfo? Report)
{
    public const int SplitCount = 5;
    public const string DefaultOutput = "out/anomaly";
}
