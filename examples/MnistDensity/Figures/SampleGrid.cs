namespace MnistDensity.Figures;

/// <summary>Two squares of images side by side: test digits, and digits drawn from the flow.</summary>
public static class SampleGrid
{
    public const int Count = Side * Side;
    private const int Side = 10;

    public static byte[] Draw(IReadOnlyList<float[]> real, IReadOnlyList<float[]> samples)
    {
        int square = TileSheet.Extent(Side), between = 2 * TileSheet.Margin;
        using var sheet = new TileSheet((2 * TileSheet.Margin) + (2 * square) + between, (2 * TileSheet.Margin) + square + TileSheet.CaptionHeight);
        DrawSquare(sheet, TileSheet.Margin, "Test digits", real);
        DrawSquare(sheet, TileSheet.Margin + square + between, "Samples from the flow", samples);
        return sheet.ToPng();
    }

    private static void DrawSquare(TileSheet sheet, int left, string caption, IReadOnlyList<float[]> images)
    {
        sheet.Caption(caption, left, TileSheet.Margin + 16);
        var top = TileSheet.Margin + TileSheet.CaptionHeight;
        foreach (var (i, darkness) in images.Index())
        {
            sheet.Draw(left + (i % Side * TileSheet.Pitch), top + (i / Side * TileSheet.Pitch), darkness);
        }
    }
}
