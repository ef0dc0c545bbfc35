using System.Globalization;
using MAFlow.Torch;
using SkiaSharp;
using static TorchSharp.torch;

namespace DigitsDensity.Figures;

/// <summary>Digits on their way to Gaussian noise, one a column, from the data (top) to the latent codes (bottom): figure 3b of the paper.</summary>
/// <remarks>
/// The first row shows the pixels. All others show the flow's own coordinates, the whitened logits: a symmetric whitening keeps each coordinate at
/// its pixel, so a digit's strokes can still be seen, and what is left of them disappears along the flow.
/// </remarks>
public static class GaussianizationStrip
{
    private const int LabelWidth = 142, LabelGap = 14;
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
        var (horizon, depth) = (model.Flow.Options.Horizon, model.Flow.Options.Depth);
        // Any depth will do that the snapshots divide.
        var states = model.Flow.EncodeTrajectory(whitened, Snapshots, depth * Snapshots);

        List<(string, IReadOnlyList<float[]>)> rows = [("pixels", pixels.div(Digit.MaximumInk).ToRows())];
        foreach (var (i, state) in states.Index())
        {
            var name = i == 0 ? "whitened, " : i == Snapshots ? "latent, " : "";
            rows.Add((string.Create(CultureInfo.InvariantCulture, $"{name}t = {horizon * (Snapshots - i) / Snapshots:0.##}"), state.X.div(2 * Range).add(0.5).ToRows()));
            state.Dispose();
        }

        return rows;
    }
}
