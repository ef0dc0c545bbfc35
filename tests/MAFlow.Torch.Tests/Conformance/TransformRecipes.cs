using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One line per recipe of preprocessing, with data that suits it.</summary>
internal sealed record TransformRecipe(string Name, PreprocessingStep[] Steps, Func<ulong, long, Tensor> Data, bool Quantised = false)
{
    public static IReadOnlyList<TransformRecipe> All { get; } =
    [
        new("nothing", [], Draw.Correlated),
        new("standardization", [new Standardization()], Draw.Correlated),
        new("affine", [new AffineGaussianization()], Draw.Correlated),
        new("shrunk affine", [new AffineGaussianization(0.2)], Draw.Correlated),
        new("standardization, affine", [new Standardization(), new AffineGaussianization()], Draw.Correlated),
        new("logit", [new Logit()], UnitInterval),
        new("wide logit", [new Logit(0.05)], UnitInterval),
        new("logit, standardization", [new Logit(), new Standardization()], UnitInterval),
        new("histograms", [new HistogramGaussianization(8, 30)], UnitInterval),
        new("histograms, affine", [new HistogramGaussianization(4), new AffineGaussianization()], UnitInterval),
        new("dequantisation", [new UniformDequantization(17)], Pixels, true),
        new("dequantisation of halves", [new UniformDequantization(17, 0.5, -3)], (seed, rows) => Pixels(seed, rows).mul(0.5).sub(3), true),
        new("image by histograms", [new UniformDequantization(17), new HistogramGaussianization(17), new AffineGaussianization()], Pixels, true),
        new("image", [new UniformDequantization(17), new Logit(), new AffineGaussianization()], Pixels, true),
    ];

    public static IEnumerable<object[]> Names => All.Select(recipe => new object[] { recipe.Name });

    public static IEnumerable<object[]> SmoothNames => All.Where(recipe => !recipe.Quantised).Select(recipe => new object[] { recipe.Name });

    public static TransformRecipe Named(string name) => All.Single(recipe => recipe.Name == name);

    public PreprocessingChain Fit(ulong seed = 1)
    {
        using var data = Data(seed, 400);
        using var generator = new Generator(seed);
        return PreprocessingChain.Fit(Steps, data, generator);
    }

    private static Tensor UnitInterval(ulong seed, long rows)
    {
        using var scope = NewDisposeScope();
        return Draw.Correlated(seed, rows).sigmoid().MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(ulong seed, long rows) => Draw.Levels(seed, 17, rows, 3);
}
