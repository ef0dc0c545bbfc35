using Microsoft.ML.Data;

namespace DigitsDensity;

/// <summary>One row of the data: an 8 x 8 image, row by row, with ink 0 .. 16 per pixel. The class is not used in training.</summary>
public sealed class Digit
{
    public const int Side = 8;
    public const int PixelCount = Side * Side;
    public const int MaximumInk = 16;

    [VectorType(PixelCount)]
    public float[] Pixels { get; set; } = [];

    public int Class { get; set; }
}
