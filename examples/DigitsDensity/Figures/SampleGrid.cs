namespace DigitsDensity.Figures;

/// <summary>Two squares of images side by side: test digits, and digits drawn from the flow.</summary>
public static class SampleGrid
{
    public const int Count = Side * Side;
    private const int Side = 10;

    public static byte[] Draw(IEnumerable<Digit> real, IEnumerable<Digit> samples)
    {
        int square = TileSheet.Extent(Side), between = 2 * TileSheet.Margin;
        using var sheet = new TileSheet(
            2 * TileSheet.Margin + 2 * square + between,
            2 * TileSheet.Margin + square + TileSheet.CaptionHeight);

        DrawSquare(sheet, TileSheet.Margin, "Test digits", real);
        DrawSquare(sheet, TileSheet.Margin + square + between, "Samples from the flow", samples);
        return sheet.ToPng();
    }

    private static void DrawSquare(TileSheet sheet, int left, string caption, IEnumerable<Digit> images)
    {
        sheet.Caption(caption, left, TileSheet.Margin + 16);
        int top = TileSheet.Margin + TileSheet.CaptionHeight;
        foreach (var (i, digit) in images.Take(Count).Index())
        {
            float[] darkness = [.. digit.Pixels.Select(ink => ink / Digit.MaximumInk)];
            sheet.Draw(left + (i % Side * TileSheet.Pitch), top + (i / Side * TileSheet.Pitch), darkness);
        }
    }
}
