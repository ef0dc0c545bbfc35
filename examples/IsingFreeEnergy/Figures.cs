using System.Globalization;
using MAFlow.Examples;
using ScottPlot;
using SkiaSharp;
using static System.FormattableString;

namespace IsingFreeEnergy;

/// <summary>
/// Figure 4 of the paper: the loss against iterations with the exact value, and below it configurations drawn at stages of the training.
/// </summary>
public static class Figure4
{
    private const int Margin = 40;

    /// <returns>The path of the picture.</returns>
    public static string Write(RunFolder folder, Settings settings, IReadOnlyList<TrainingRecord> curve, double? exactPerSite)
    {
        var stages = new StageFiles(folder, settings.Size * settings.Size).Read();
        var tiles = new StageTiles(settings.Size);
        var width = Math.Max(1200, (2 * Margin) + tiles.Width(StageFiles.Stages));
        using var chart = SKBitmap.Decode(LossChart.Draw(settings, curve, exactPerSite, width));
        return folder.Save("figure4.png", TileSheet.Draw(width, LossChart.Height + tiles.Height + Margin, (canvas, font, ink) =>
        {
            canvas.DrawBitmap(chart, 0, 0);
            tiles.Draw(canvas, font, ink, (width - tiles.Width(stages.Count)) / 2, LossChart.Height, stages);
        }));
    }
}

/// <summary>Variational free energy per site against iterations, with its error bar as a band and the exact value as a line.</summary>
public static class LossChart
{
    public const int Height = 600;

    public static byte[] Draw(Settings settings, IReadOnlyList<TrainingRecord> curve, double? exactPerSite, int width)
    {
        var model = settings.Model == Model.Phi4
            ? Invariant($"Lattice field Phi4, {settings.Size} x {settings.Size}, m² = {settings.MassSquared}, coupling {settings.Coupling}")
            : Invariant($"Ising model, {settings.Size} x {settings.Size}, T = {settings.Temperature:F4}");
        using var plot = Chart.New($"{model}: variational free energy", "iterations", "nats per site");
        double sites = settings.Size * settings.Size;
        var steps = curve.Select(point => (double)point.Step).ToArray();
        var values = curve.Select(point => point.FreeEnergy!.FreeEnergy / sites).ToArray();
        var errors = curve.Select(point => point.FreeEnergy!.StandardError / sites).ToArray();
        if (steps.Length > 0)
        {
            var band = plot.Add.FillY(
                steps, [.. values.Zip(errors, (value, error) => value - error)], [.. values.Zip(errors, (value, error) => value + error)]);
            (band.FillColor, band.LineWidth, band.MarkerSize) = (Chart.Blue.WithAlpha(0.2), 0, 0);
            plot.AddCurve(steps, values, Chart.Blue);
        }

        if (exactPerSite is { } exact)
        {
            plot.Add.HorizontalLine(exact, 2.5f, Chart.Red);
            plot.AddName(Invariant($"exact {exact:F6}"), steps.Length > 0 ? steps[^1] : 1, exact, Chart.Red, Alignment.UpperRight);
        }

        plot.WholeNumbersBelow();
        plot.Axes.Margins(left: 0.02, right: 0.02, bottom: 0.14, top: 0.1);
        return plot.ToPng(width, Height);
    }
}

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

    public void Draw(SKCanvas canvas, SKFont font, SKPaint ink, int left, int top, IReadOnlyList<Stage> stages)
    {
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
