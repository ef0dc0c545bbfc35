using MAFlow.Examples;
using ScottPlot;
using SkiaSharp;
using static TorchSharp.torch;

namespace FirstFlow;

/// <summary>Figure 1 of the paper for a learnt flow in one dimension: the potential, the paths along its gradient, and both
/// densities.</summary>
public static class FlowFigure
{
    private const int Width = 620, Height = 560, Paths = 31, Snapshots = 40, Points = 301;
    private const double Edge = 4.2;

    /// <returns>The path of the picture.</returns>
    public static string Write(DirectoryInfo folder, DensityModel model, Tensor data)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        byte[][] panels = [Potential(model.Flow), Flow(model.Flow), Density(model, data)];
        return OutputFiles.SavePng(folder, "flow.png", TileSheet.Draw(panels.Length * Width, Height, (page, _, _) =>
        {
            foreach (var (number, panel) in panels.Index())
            {
                using var picture = SKBitmap.Decode(panel);
                page.DrawBitmap(picture, number * Width, 0);
            }
        }));
    }

    /// <summary>φ(x), and below it the velocity dx/dt = ∇φ as arrows.</summary>
    private static byte[] Potential(MongeAmpereFlow flow)
    {
        using var plot = Panel("potential, and its gradient", "x", "potential");
        double[] x = Grid(Points), value = Numbers(flow.Potential.Value(Column(x)));
        var (low, high) = (value.Min(), value.Max());
        plot.AddCurve(x, [.. value.Select(v => v - low)], Chart.Blue, width: 4);
        double[] where = [.. Enumerable.Range(-4, 9)], velocity = Numbers(flow.Potential.Gradient(Column(where)));
        var level = -0.12 * (high - low);
        foreach (var (place, v) in where.Zip(velocity).Where(arrow => Math.Abs(arrow.Second) > 0.1))
        {
            var arrow = plot.Add.Arrow(place, level, place + Math.Clamp(0.5 * v, -0.9, 0.9), level);
            (arrow.ArrowFillColor, arrow.ArrowLineWidth, arrow.ArrowWidth, arrow.ArrowheadWidth, arrow.ArrowheadLength) = (Chart.Red, 0, 4, 16, 16);
        }

        plot.Axes.SetLimits(-Edge, Edge, 2 * level, 1.05 * (high - low));
        return plot.ToPng(Width, Height);
    }

    /// <summary>Paths of the fluid from t = 0 to T, which begin at equal shares of the standard normal.</summary>
    private static byte[] Flow(MongeAmpereFlow flow)
    {
        using var plot = Panel("flow", "x", "time");
        var horizon = flow.Options.Horizon;
        var latent = special.ndtri(arange(1, Paths + 1, dtype: float64).div(Paths + 1)).unsqueeze(1);
        var states = flow.At(flow.Depth * Snapshots).EncodeTrajectory(flow.Decode(latent).X, Snapshots);
        double[][] positions = [.. states.Select(state => Numbers(state.X))];
        double[] times = [.. Enumerable.Range(0, Snapshots + 1).Select(step => horizon * (Snapshots - step) / Snapshots)];
        for (var path = 0; path < Paths; path++)
        {
            plot.AddCurve([.. positions.Select(row => row[path])], times, Chart.Red.WithAlpha(0.75), width: 2);
        }

        plot.Axes.SetLimits(-Edge, Edge, 0, horizon);
        return plot.ToPng(Width, Height);
    }

    /// <summary>The standard normal at t = 0, the model at t = T, and the data.</summary>
    private static byte[] Density(DensityModel model, Tensor data)
    {
        using var plot = Panel("density", "x", "p(x)");
        double[] x = Grid(Points), density = [.. Numbers(model.LogProb(Column(x))).Select(Math.Exp)];
        var histogram = ScottPlot.Statistics.Histogram.WithBinCount(60, -Edge, Edge);
        histogram.AddRange(Numbers(data));
        var bars = plot.Add.Bars(
            histogram.Bins, [.. histogram.Counts.Select(count => (double)count / data.shape[0] / histogram.FirstBinSize)]);
        foreach (var bar in bars.Bars)
        {
            (bar.Size, bar.LineWidth, bar.FillColor) = (histogram.FirstBinSize, 0, Colors.Black.WithAlpha(0.16));
        }

        double[] normal = [.. x.Select(value => Math.Exp(-value * value / 2) / Math.Sqrt(2 * Math.PI))];
        plot.AddCurve(x, normal, Chart.Gray, width: 3);
        plot.AddCurve(x, density, Chart.Blue, width: 4);
        plot.AddName("t = 0", 0.1, 0.41, Chart.Gray, Alignment.LowerLeft, 30);
        plot.AddName("t = T", x[Array.IndexOf(density, density.Max())] + 0.3, density.Max(), Chart.Blue, Alignment.UpperLeft, 30);
        plot.Axes.SetLimits(-Edge, Edge, 0, 1.2 * density.Max());
        return plot.ToPng(Width, Height);
    }

    private static Plot Panel(string title, string x, string y)
    {
        var plot = Chart.New(title, x, y);
        plot.Axes.Title.Label.FontSize = plot.Axes.Bottom.Label.FontSize = plot.Axes.Left.Label.FontSize = 34;
        plot.Axes.Bottom.TickLabelStyle.FontSize = plot.Axes.Left.TickLabelStyle.FontSize = 28;
        return plot;
    }

    private static double[] Grid(int count) => [.. Enumerable.Range(0, count).Select(k => Edge * ((2.0 * k / (count - 1)) - 1))];

    private static Tensor Column(double[] values) => tensor(values, [values.Length, 1]).to(float32);

    private static double[] Numbers(Tensor values) => values.to(float64).cpu().contiguous().data<double>().ToArray();
}

/// <summary>The data of the example: 0.6 𝒩(-1.6, 0.4²) + 0.4 𝒩(1.4, 0.7²).</summary>
public static class TwoPeaks
{
    private const double LeftShare = 0.6, LeftMean = -1.6, LeftWidth = 0.4, RightMean = 1.4, RightWidth = 0.7;

    /// <summary>Shape [rows, 1].</summary>
    public static Tensor Draw(long rows, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (left, noise) = (rand([rows, 1], generator: generator).lt(LeftShare), randn([rows, 1], generator: generator));
        return where(left, noise.mul(LeftWidth).add(LeftMean), noise.mul(RightWidth).add(RightMean)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean -ln p of rows under the density that they are drawn from.</summary>
    public static double Nll(Tensor rows) => -rows.data<float>().ToArray().Average(x => Math.Log(
        (LeftShare * Normal(x, LeftMean, LeftWidth)) + ((1 - LeftShare) * Normal(x, RightMean, RightWidth))));

    private static double Normal(double x, double mean, double width) =>
        Math.Exp(-Math.Pow((x - mean) / width, 2) / 2) / (width * Math.Sqrt(2 * Math.PI));
}
