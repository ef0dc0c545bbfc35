using System.Globalization;
using SkiaSharp;
using static TorchSharp.torch;

namespace MnistDensity.Figures;

/// <summary>Digits on their way to Gaussian noise, one a column, from the data down to the latent codes: figure 3b of the paper.</summary>
/// <remarks>
/// The first row is the data. All others show the coordinates in which the flow moves, one number for each pixel: preprocessed logits at
/// t = T, standard normal noise at t = 0 as far as the model is good.
/// </remarks>
public static class GaussianizationStrip
{
    private const int LabelWidth = 90, LabelGap = 14;
    private const int Snapshots = 5;

    /// <summary>Coordinates of the flow are white at -Range and black at Range.</summary>
    private const double Range = 2.5;

    /// <param name="model">The model.</param>
    /// <param name="images">One image a column, shape [columns, 784].</param>
    /// <param name="depth">Runge-Kutta steps that suffice.</param>
    public static byte[] Draw(DensityModel model, Tensor images, int depth)
    {
        var rows = Rows(model, images, depth);
        var columns = (int)images.shape[0];
        using var sheet = new TileSheet(
            (2 * TileSheet.Margin) + LabelWidth + TileSheet.Extent(columns),
            (2 * TileSheet.Margin) + TileSheet.Extent(rows.Count));
        foreach (var (row, (label, darkness)) in rows.Index())
        {
            var top = TileSheet.Margin + (row * TileSheet.Pitch);
            sheet.Caption(label, TileSheet.Margin + LabelWidth - LabelGap, top + (TileSheet.Tile / 2) + 6, SKTextAlign.Right);
            for (var column = 0; column < columns; column++)
            {
                sheet.Draw(TileSheet.Margin + LabelWidth + (column * TileSheet.Pitch), top, darkness[column]);
            }
        }

        return sheet.ToPng();
    }

    private static List<(string Label, IReadOnlyList<float[]> Darkness)> Rows(DensityModel model, Tensor images, int depth)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var horizon = model.Flow.Options.Horizon;
        // A depth that the snapshots divide.
        var states = model.Flow.At(depth * Snapshots).EncodeTrajectory(model.Preprocessing.Forward(images).Points, Snapshots);

        List<(string, IReadOnlyList<float[]>)> rows = [("pixels", FigureFiles.Darkness(images))];
        foreach (var (i, state) in states.Index())
        {
            var time = string.Create(CultureInfo.InvariantCulture, $"t = {horizon * (Snapshots - i) / Snapshots:0.##}");
            rows.Add((time, FigureFiles.Rows(state.X.div(2 * Range).add(0.5))));
            state.Dispose();
        }

        return rows;
    }
}
