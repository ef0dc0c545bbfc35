using MAFlow.Examples;
using SkiaSharp;

namespace DigitsDensity.Figures;

/// <summary>A white page on which 8 x 8 gray images are laid out as enlarged tiles, with captions.</summary>
public sealed class TileSheet : IDisposable
{
    public const int Scale = 6;
    public const int Tile = Digit.Side * Scale;
    public const int Gap = 5;
    public const int Pitch = Tile + Gap;
    public const int Margin = 24;
    public const int CaptionHeight = 34;

    private readonly SKBitmap _page;
    private readonly SKCanvas _canvas;
    private readonly SKFont _font = new(FigureFont.Typeface, 19) { Subpixel = true };
    private readonly SKPaint _ink = new() { Color = new SKColor(0x33, 0x33, 0x33), IsAntialias = true };

    public TileSheet(int width, int height)
    {
        _page = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        _canvas = new SKCanvas(_page);
        _canvas.Clear(SKColors.White);
    }

    /// <summary>Pixels and gaps of <paramref name="count"/> tiles in a row.</summary>
    public static int Extent(int count) => count * Pitch - Gap;

    /// <summary>Draws one image; <paramref name="darkness"/> 0 is white paper, 1 is black ink.</summary>
    public void Draw(int left, int top, ReadOnlySpan<float> darkness)
    {
        using var paint = new SKPaint();
        for (int pixel = 0; pixel < Digit.PixelCount; pixel++)
        {
            int x = left + pixel % Digit.Side * Scale, y = top + pixel / Digit.Side * Scale;
            paint.Color = Shade(darkness[pixel]);
            _canvas.DrawRect(x, y, Scale, Scale, paint);
        }
    }

    public void Caption(string text, float x, float baseline, SKTextAlign align = SKTextAlign.Left) =>
        _canvas.DrawText(text, x, baseline, align, _font, _ink);

    public byte[] ToPng()
    {
        using SKData png = _page.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    public void Dispose()
    {
        _ink.Dispose();
        _font.Dispose();
        _canvas.Dispose();
        _page.Dispose();
    }

    /// <summary>From a pale paper tone, so that a tile's edge shows on the white page, to near black.</summary>
    private static SKColor Shade(float darkness)
    {
        float t = Math.Clamp(darkness, 0, 1);
        byte Mix(int light, int dark) => (byte)Math.Round(light + ((dark - light) * t));
        return new SKColor(Mix(0xF1, 0x10), Mix(0xF3, 0x16), Mix(0xF6, 0x2A));
    }
}
