using MAFlow.Torch;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace DigitsDensity.Figures;

/// <summary>Digits on their way to Gaussian noise, one a column, from the data (top) to the latent codes (bottom): figure 3b of the paper.</summary>
/// <remarks>
/// The first row shows the pixels. All others show the flow's own coordinates, the whitened logits: a symmetric whitening keeps each coordinate at
/// its pixel, so a digit's strokes can still be seen, and what is left of them disappears along the flow.
/// </remarks>
public static class GaussianizationStrip
{
    private const int LabelWidth = 132, LabelGap = 14;
    private const int Snapshots = 4;

    /// <summary>Coordinates of -Range (white) to Range (black) standard deviations are told apart.</summary>
    private const double Range = 2.5;

    public static byte[] Draw(DensityModel model, IReadOnlyList<Digit> digits)
    {
        var rows = Rows(model, digits);
        using var sheet = new TileSheet(
            (2 * TileSheet.Margin) + LabelWidth + TileSheet.Extent(digits.Count),
            (2 * TileSheet.Margin) + TileSheet.Extent(rows.Count));

        for (var row = 0; row < rows.Count; row++)
        {
            var top = TileSheet.Margin + (row * TileSheet.Pitch);
            sheet.Caption(rows[row].Label, TileSheet.Margin + LabelWidth - LabelGap, top + (TileSheet.Tile / 2) + 6, SKTextAlign.Right);
            for (var column = 0; column < digits.Count; column++)
            {
                sheet.Draw(TileSheet.Margin + LabelWidth + (column * TileSheet.Pitch), top, rows[row].Darkness[column]);
            }
        }

        return sheet.ToPng();
    }

    private static List<(string Label, IReadOnlyList<float[]> Darkness)> Rows(DensityModel model, IReadOnlyList<Digit> digits)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var pixels = digits.ToTensor();
        var whitened = model.Preprocessing.Forward(pixels).Y;
        var states = model.Flow.EncodeTrajectory(whitened, Math.Min(Snapshots, model.Flow.Options.Depth));

        List<(string, IReadOnlyList<float[]>)> rows = [("pixels", pixels.div(Digit.MaximumInk).ToRows())];
        for (var i = 0; i < states.Count; i++)
        {
            var label = i == 0 ? "whitened" : i == states.Count - 1 ? "latent" : "";
            rows.Add((label, states[i].X.div(2 * Range).add(0.5).ToRows()));
            states[i].Dispose();
        }

        return rows;
    }
}
