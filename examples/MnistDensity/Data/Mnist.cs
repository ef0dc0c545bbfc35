namespace MnistDensity.Data;

/// <summary>What every part of the program knows about the data.</summary>
public static class Mnist
{
    public const int Side = 28;
    public const int PixelCount = Side * Side;

    /// <summary>Values 0 to 255 of a pixel.</summary>
    public const int Levels = 256;
}
