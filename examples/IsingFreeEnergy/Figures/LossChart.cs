using MAFlow.Examples;
using ScottPlot;

namespace IsingFreeEnergy.Figures;

/// <summary>Variational free energy per site against iterations, with its error bar as a band and the exact value as a line.</summary>
public static class LossChart
{
    public const int Height = 560;

    private static readonly Color _blue = Color.FromHex("#1f4e8c"), _red = Color.FromHex("#b03a2e");

    public static byte[] Draw(Settings settings, IReadOnlyList<TrainingRecord> curve, double? exactPerSite, int width)
    {
        FigureFont.UseInScottPlot();
        using var plot = new Plot();
        double sites = settings.Size * settings.Size;
        var steps = curve.Select(point => (double)point.Step).ToArray();
        var values = curve.Select(point => point.FreeEnergy!.FreeEnergy / sites).ToArray();
        var errors = curve.Select(point => point.FreeEnergy!.StandardError / sites).ToArray();
        if (steps.Length > 0)
        {
            var band = plot.Add.FillY(steps, [.. values.Zip(errors, (value, error) => value - error)], [.. values.Zip(errors, (value, error) => value + error)]);
            (band.FillColor, band.LineWidth, band.MarkerSize) = (_blue.WithAlpha(0.2), 0, 0);
            var line = plot.Add.Scatter(steps, values, _blue);
            (line.LineWidth, line.MarkerSize) = (2, steps.Length < 10 ? 7 : 0);
        }

        if (exactPerSite is { } exact)
        {
            plot.Add.HorizontalLine(exact, 2.5f, _red);
            var label = plot.Add.Text(FormattableString.Invariant($"exact {exact:F6}"), steps.Length > 0 ? steps[^1] : 1, exact);
            (label.LabelFontSize, label.LabelFontColor, label.LabelAlignment, label.OffsetY) = (16, _red, Alignment.UpperRight, 4);
        }

        var model = settings.Model == Model.Phi4
            ? FormattableString.Invariant($"Lattice field Phi4, {settings.Size} x {settings.Size}, m² = {settings.MassSquared}, coupling {settings.Coupling}")
            : FormattableString.Invariant($"Ising model, {settings.Size} x {settings.Size}, T = {settings.Temperature:F4}");
        Dress(plot, $"{model}: variational free energy");
        return plot.GetImage(width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static void Dress(Plot plot, string title)
    {
        plot.Title(title, size: 20);
        plot.XLabel("iterations", size: 17);
        plot.YLabel("nats per site", size: 17);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 15;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 90;
        plot.Axes.Right.MinimumSize = 40;
        plot.Axes.Margins(left: 0.02, right: 0.02, bottom: 0.14, top: 0.1);
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
    }
}
