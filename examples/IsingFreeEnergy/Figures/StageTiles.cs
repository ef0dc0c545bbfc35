using System.Globalization;
using MAFlow.Examples;
using SkiaSharp;

namespace IsingFreeEnergy.Figures;

/// <summary>For each stage a square of 5 x 5 configurations, dark where a spin is up, under the number of steps.</summary>
/// <param name="size">Side L of the lattice.</param>
public sealed class StageTiles(int size)
{
    private const int Side = 5, Gap = 3, Between = 30, Caption = 40;

    private static readonly SKColor _up = new(0x1f, 0x4e, 0x8c), _down = new(0xe9, 0xed, 0xf2);

    private readonly int _scale = Math.Max(1, 48 / size);

    private int Pitch => (size * _scale) + Gap;

    private int Square => (Side * Pitch) - Gap;

    public int Height => Caption + Square;

    public int Width(int stages) => (stages * (Square + Between)) - Between;

    public void Draw(SKCanvas canvas, int left, int top, IReadOnlyList<Stage> stages)
    {
        ArgumentNullException.ThrowIfNull(canvas);
        ArgumentNullException.ThrowIfNull(stages);
        using var font = new SKFont(FigureFont.Typeface, 19) { Subpixel = true };
        using var ink = new SKPaint { Color = new SKColor(0x33, 0x33, 0x33), IsAntialias = true };
        foreach (var (number, stage) in stages.Index())
        {
            var x = left + (number * (Square + Between));
            var caption = number > 0 && stage.Step == 0 ? "warm start" : string.Create(CultureInfo.InvariantCulture, $"step {stage.Step}");
            canvas.DrawText(caption, x + (Square / 2f), top + 24, SKTextAlign.Center, font, ink);
            foreach (var (tile, configuration) in stage.Configurations.Index())
            {
                DrawTile(canvas, x + (tile % Side * Pitch), top + Caption + (tile / Side * Pitch), configuration);
            }
        }
    }

    private void DrawTile(SKCanvas canvas, int left, int top, string configuration)
    {
        using var paint = new SKPaint();
        for (var site = 0; site < configuration.Length; site++)
        {
            paint.Color = configuration[site] == '+' ? _up : _down;
            canvas.DrawRect(left + (site % size * _scale), top + (site / size * _scale), _scale, _scale, paint);
        }
    }
}
