namespace DigitsDensity;

/// <summary>What the command line asks for.</summary>
public sealed record Settings(int Seed, int Epochs, DirectoryInfo Output, FileInfo? Report)
{
    public const int DefaultSeed = 1;
    public const int DefaultEpochs = 100;
    public const string DefaultOutput = "out/digits";
}
