using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>One line per chain of bijections, with data that suits it: rows by seed and number, of 3 features.</summary>
internal sealed record Table(string Name, BijectionFit[] Fits, Func<ulong, long, Tensor> Data)
{
    public static IReadOnlyList<Table> All { get; } =
    [
        new("nothing", [], Draw.Correlated),
        new("standardization", [new Standardization()], Draw.Correlated),
        new("affine", [new AffineGaussianization()], Draw.Correlated),
        new("standardization, affine", [new Standardization(), new AffineGaussianization(0.2)], Draw.Correlated),
        new("smoothing", [new Smoothing()], Draw.Correlated),
        new("tails", [new TailCompression()], Skewed),
        new("anomalies", [new Smoothing(), new TailCompression(0.5), new AffineGaussianization(shrinkage: null)], Skewed),
        new("mixtures", [new MarginalGaussianization(5)], Skewed),
        new("mixtures of whole numbers", [new Smoothing(), new MarginalGaussianization(), new AffineGaussianization()], Pixels),
        new("logit", [new Logit()], UnitInterval),
        new("wide logit, standardization", [new Logit(0.05), new Standardization()], UnitInterval),
        new("histograms", [new HistogramGaussianization(8, 30)], UnitInterval),
        new("dequantisation", [new UniformDequantization(17, 0.5, -3)], (seed, rows) => Pixels(seed, rows).mul(0.5).sub(3)),
        new("image by logit", [new UniformDequantization(17), new Logit(), new AffineGaussianization()], Pixels),
        new("image by histograms", [new UniformDequantization(17), new HistogramGaussianization(17), new AffineGaussianization()], Pixels),
    ];

    public static Table Named(string name) => All.Single(table => table.Name == name);

    public BijectionChain Fit(params BijectionChain[] inner)
    {
        using var data = Data(1, 400);
        using var generator = new Generator(1);
        var chain = BijectionChain.Fit(Fits, data, generator);
        return inner.Length == 0 ? chain : new BijectionChain([.. chain.Bijections, .. inner]);
    }

    private static Tensor UnitInterval(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        return Draw.Correlated(seed, rows).sigmoid().MoveToOuterDisposeScope();
    }

    private static Tensor Skewed(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        return Draw.Normal(seed, rows, 3).pow(3).add(1).MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(ulong seed, long rows) => Draw.Levels(seed, 17, rows, 3);
}
