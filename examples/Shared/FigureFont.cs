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
