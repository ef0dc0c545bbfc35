namespace DigitsDensity.Figures;

/// <summary>Test digits on their way to Gaussian noise, one digit a column, from the data (top) to the latent codes (bottom).</summary>
public static class GaussianizationStrip
{
    private const int LabelWidth = 150;

    /// <summary>Each row is a label and one image per digit, already as darkness in 0..1.</summary>
    public sealed record Row(string Label, IReadOnlyList<float[]> Darkness);

    public static byte[] Draw(IReadOnlyList<Row> rows)
    {
        int digits = rows[0].Darkness.Count;
        using var sheet = new TileSheet(
            2 * TileSheet.Margin + LabelWidth + TileSheet.Extent(digits),
            2 * TileSheet.Margin + TileSheet.Extent(rows.Count));

        for (int row = 0; row < rows.Count; row++)
        {
            int top = TileSheet.Margin + row * TileSheet.Pitch;
            sheet.Caption(rows[row].Label, TileSheet.Margin + LabelWidth - 14, top + TileSheet.Tile / 2 + 6, SkiaSharp.SKTextAlign.Right);
            for (int digit = 0; digit < digits; digit++)
                sheet.Draw(TileSheet.Margin + LabelWidth + digit * TileSheet.Pitch, top, rows[row].Darkness[digit]);
        }
        return sheet.ToPng();
    }
}
