using System.Globalization;
using SkiaSharp;
using static TorchSharp.torch;

namespace MAFlow.Examples;

/// <summary>A white page on which small square gray images are laid out as enlarged tiles, with captions.</summary>
/// <param name="side">Pixels along an image's edge.</param>
/// <param name="scale">Pixels of the page along the edge of one of them.</param>
/// <remarks>An image is its darkness, row by row: 0 is white paper, 1 is black ink.</remarks>
public sealed class TileSheet(int side, int scale)
{
    private const int Gap = 5, Margin = 24, CaptionHeight = 36, LabelWidth = 150;
    private const float FontSize = 22;

    private int Tile => side * scale;

    private int Pitch => Tile + Gap;

    /// <summary>Two squares of images side by side, of as many rows as columns.</summary>
    public byte[] Squares(int columns, params (string Caption, IReadOnlyList<float[]> Images)[] squares)
    {
        var square = (columns * Pitch) - Gap;
        return Draw((squares.Length * (square + (2 * Margin))), square + CaptionHeight + (2 * Margin), (page, font, ink) =>
        {
            foreach (var (number, (caption, images)) in squares.Index())
            {
                var left = Margin + (number * (square + (2 * Margin)));
                page.DrawText(caption, left, Margin + 18, SKTextAlign.Left, font, ink);
                foreach (var (i, image) in images.Take(columns * columns).Index())
                {
                    DrawTile(page, left + (i % columns * Pitch), Margin + CaptionHeight + (i / columns * Pitch), image);
                }
            }
        });
    }

    /// <summary>Rows of images, each under the one before, with a label on the left.</summary>
    public byte[] Rows(IReadOnlyList<(string Label, IReadOnlyList<float[]> Images)> rows)
    {
        var width = (2 * Margin) + LabelWidth + (rows[0].Images.Count * Pitch) - Gap;
        return Draw(width, (2 * Margin) + (rows.Count * Pitch) - Gap, (page, font, ink) =>
        {
            foreach (var (row, (label, images)) in rows.Index())
            {
                var top = Margin + (row * Pitch);
                page.DrawText(label, Margin + LabelWidth - 14, top + (Tile / 2) + 7, SKTextAlign.Right, font, ink);
                foreach (var (column, image) in images.Index())
                {
                    DrawTile(page, Margin + LabelWidth + (column * Pitch), top, image);
                }
            }
        });
    }

    /// <summary>A white page as PNG.</summary>
    public static byte[] Draw(int width, int height, Action<SKCanvas, SKFont, SKPaint> draw)
    {
        using var page = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(page);
        using var font = new SKFont(FigureFont.Typeface, FontSize) { Subpixel = true };
        using var ink = new SKPaint { Color = new SKColor(0x22, 0x22, 0x22), IsAntialias = true };
        canvas.Clear(SKColors.White);
        draw(canvas, font, ink);
        using var png = page.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private void DrawTile(SKCanvas page, int left, int top, float[] darkness)
    {
        using var paint = new SKPaint();
        foreach (var (pixel, value) in darkness.Index())
        {
            paint.Color = Shade(value);
            page.DrawRect(left + (pixel % side * scale), top + (pixel / side * scale), scale, scale, paint);
        }
    }

    /// <summary>From a pale paper tone, so that a tile's edge shows on the white page, to near black.</summary>
    private static SKColor Shade(float darkness)
    {
        var t = Math.Clamp(darkness, 0, 1);
        byte Mix(int light, int dark) => (byte)Math.Round(light + ((dark - light) * t));
        return new SKColor(Mix(0xF1, 0x10), Mix(0xF3, 0x16), Mix(0xF6, 0x2A));
    }
}

/// <summary>Images on their way to Gaussian noise, from the data down to the latent codes: figure 3b of the paper.</summary>
public static class Gaussianization
{
    /// <summary>Coordinates of the flow are white at -Range and black at Range.</summary>
    private const double Range = 2.5;

    /// <summary>The states of a flow at equal times from t = T to 0.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Shape [columns, pixels].</param>
    /// <param name="depth">Integration steps that suffice for one state.</param>
    /// <param name="snapshots">Number of times between the states.</param>
    /// <param name="darkness">An image's ink, from 0 to 1.</param>
    /// <param name="asPixels">Whether states are shown as the images that they stand for, and the last one again in the flow's
    /// coordinates.</param>
    public static IReadOnlyList<(string Label, IReadOnlyList<float[]> Images)> Rows(
        DensityModel model, Tensor images, int depth, int snapshots, Func<Tensor, Tensor> darkness, bool asPixels = false)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var horizon = model.Flow.Options.Horizon;
        // A depth that the snapshots divide.
        var states = model.Flow.At(depth * snapshots).EncodeTrajectory(model.Preprocessing.Forward(images).Points, snapshots);
        Tensor Gray(Tensor coordinates) => coordinates.div(2 * Range).add(0.5);
        var rows = states.Select((state, i) => (
            Label: string.Create(CultureInfo.InvariantCulture, $"t = {horizon * (snapshots - i) / snapshots:0.##}"),
            Images: ToRows(asPixels ? darkness(model.Preprocessing.Inverse(state.X).Points) : Gray(state.X)))).ToList();
        if (asPixels)
        {
            rows.Add(("latent", ToRows(Gray(states[^1].X))));
        }
        else
        {
            rows.Insert(0, ("pixels", ToRows(darkness(images))));
        }

        foreach (var state in states)
        {
            state.Dispose();
        }

        return rows;
    }

    /// <summary>The rows of a matrix.</summary>
    public static IReadOnlyList<float[]> ToRows(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        return [.. matrix.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray().Chunk((int)matrix.shape[1])];
    }
}
