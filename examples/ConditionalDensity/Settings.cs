namespace ConditionalDensity;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(int Seed, int Rows, double MaxSeconds, DirectoryInfo Output, FileInfo? Report)
{
    public const int DefaultRows = 8000;
    public const int TestRows = 5000;
    public const string DefaultOutput = "out/conditional";
}
