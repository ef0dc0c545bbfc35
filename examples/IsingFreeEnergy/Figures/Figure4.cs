using SkiaSharp;

namespace IsingFreeEnergy.Figures;

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
        using var page = new SKBitmap(width, LossChart.Height + tiles.Height + Margin, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(page);
        canvas.Clear(SKColors.White);
        using var chart = SKBitmap.Decode(LossChart.Draw(settings, curve, exactPerSite, width));
        canvas.DrawBitmap(chart, 0, 0);
        tiles.Draw(canvas, (width - tiles.Width(stages.Count)) / 2, LossChart.Height, stages);
        using var png = page.Encode(SKEncodedImageFormat.Png, 100);
        return folder.Save("figure4.png", png.ToArray());
    }
}
