using ScottPlot;
using SkiaSharp;

namespace MAFlow.Examples;

/// <summary>The embedded typeface of all labels: figures look the same everywhere, and have labels on machines without any font.</summary>
public static class FigureFont
{
    public const string Name = "Lato";

    public static SKTypeface Typeface { get; } = Load();

    /// <summary>Makes ScottPlot, which otherwise asks the system for its fonts, draw all text with this one.</summary>
    public static void UseInScottPlot()
    {
        Fonts.FontResolvers.Insert(0, new EmbeddedResolver());
        Fonts.Default = Fonts.Sans = Fonts.Serif = Fonts.Monospace = Name;
    }

    private static SKTypeface Load()
    {
        using Stream resource = typeof(FigureFont).Assembly.GetManifestResourceStream("Lato-Regular.ttf")
            ?? throw new InvalidOperationException("The program was built without its font, the resource Lato-Regular.ttf.");
        return SKTypeface.FromStream(resource);
    }

    private sealed class EmbeddedResolver : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => Load();

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => Load();
    }
}

/// <summary>One style for all charts: dark on white, readable where a page shows them 600 pixels wide.</summary>
public static class Chart
{
    public static readonly Color Blue = Color.FromHex("#1f4e8c");
    public static readonly Color LightBlue = Color.FromHex("#6a9fd4");
    public static readonly Color Red = Color.FromHex("#b03a2e");
    public static readonly Color Brown = Color.FromHex("#a8742c");
    public static readonly Color Green = Color.FromHex("#5a7f3c");
    public static readonly Color Gray = Color.FromHex("#777777");

    private const float TitleSize = 26, LabelSize = 24, TickSize = 20, TextSize = 20;

    /// <param name="title">Title.</param>
    /// <param name="x">The horizontal axis, with its unit.</param>
    /// <param name="y">The vertical axis, with its unit.</param>
    public static Plot New(string title, string x, string y)
    {
        FigureFont.UseInScottPlot();
        var plot = new Plot();
        plot.Title(title, TitleSize);
        plot.XLabel(x, LabelSize);
        plot.YLabel(y, LabelSize);
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = TickSize;
        plot.Axes.Top.FrameLineStyle.IsVisible = plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Left.MinimumSize = 105;
        plot.Axes.Right.MinimumSize = 30;
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.07);
        plot.Legend.FontSize = TextSize;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    /// <summary>A curve; its points are marked where there are few, because one point alone would be invisible.</summary>
    public static void AddCurve(this Plot plot, double[] x, double[] y, Color color, string? name = null, float width = 2.5f)
    {
        if (x.Length > 0)
        {
            var curve = plot.Add.Scatter(x, y, color);
            (curve.LineWidth, curve.MarkerSize, curve.LegendText) = (width, x.Length < 10 ? 7 : 0, name ?? "");
        }
    }

    /// <summary>A dashed horizontal line with its name on the right, above it.</summary>
    public static void AddLevel(this Plot plot, double x, double y, string name, Color color)
    {
        plot.Add.HorizontalLine(y, 2, color, LinePattern.Dashed);
        plot.AddName(name, x, y, color, Alignment.LowerRight);
    }

    /// <summary>A text beside a point: below it where the alignment is to its upper side, else above it.</summary>
    public static void AddName(this Plot plot, string name, double x, double y, Color color, Alignment side, float size = TextSize)
    {
        var text = plot.Add.Text(name, x, y);
        (text.LabelFontSize, text.LabelFontColor, text.LabelAlignment) = (size, color, side);
        text.OffsetY = side is Alignment.LowerRight or Alignment.LowerLeft ? -4 : 4;
    }

    public static void WholeNumbersBelow(this Plot plot) =>
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };

    public static byte[] ToPng(this Plot plot, int width = 1000, int height = 620) =>
        plot.GetImage(width, height).GetImageBytes(ImageFormat.Png);
}
