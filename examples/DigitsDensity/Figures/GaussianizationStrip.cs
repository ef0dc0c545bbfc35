using System.Globalization;
using SkiaSharp;
using static TorchSharp.torch;

namespace DigitsDensity.Figures;

/// <summary>Digits on their way to Gaussian noise, one a column, from the data down to the latent codes: figure 3b of the paper.</summary>
/// <remarks>
/// The flow moves standardised logits. All rows but the last show them as the pixels that they stand for: the first row is the data.
/// The last row shows the end of the flow itself, a standard normal number for each pixel.
/// </remarks>
public static class GaussianizationStrip
{
    private const int LabelWidth = 150, LabelGap = 14;
    private const int Snapshots = 4;

    /// <summary>The last row is white at -Range and black at Range.</summary>
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
        var standardised = model.Preprocessing.Forward(digits.ToTensor()).Points;
        var (horizon, depth) = (model.Flow.Options.Horizon, model.Flow.Options.Depth);
        // A depth that the snapshots divide.
        var states = model.Flow.At(depth * Snapshots).EncodeTrajectory(standardised, Snapshots);

        List<(string, IReadOnlyList<float[]>)> rows = [];
        foreach (var (i, state) in states.Index())
        {
            var name = i == 0 ? "pixels, " : "";
            var time = string.Create(CultureInfo.InvariantCulture, $"t = {horizon * (Snapshots - i) / Snapshots:0.##}");
            rows.Add((name + time, model.Preprocessing.Inverse(state.X).Points.div(Digit.MaximumInk).ToRows()));
        }

        rows.Add(("latent codes", states[^1].X.div(2 * Range).add(0.5).ToRows()));
        foreach (var state in states)
        {
            state.Dispose();
        }

        return rows;
    }
}
