using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One line per bijection, or chain of them, with data that suits it: everything that a bijection promises runs on each.</summary>
/// <param name="Name">Name of the test case.</param>
/// <param name="Fits">What is fitted.</param>
/// <param name="Data">Rows by seed and number, of 3 features.</param>
/// <param name="Quantised">Whether it dequantises, so that no derivative is its own.</param>
/// <param name="Parameters">Number of parameter tensors that one fit makes.</param>
internal sealed record BijectionFamily(string Name, BijectionFit[] Fits, Func<ulong, long, Tensor> Data, bool Quantised = false, int Parameters = 0)
{
    public static IReadOnlyList<BijectionFamily> All { get; } =
    [
        new("nothing", [], Draw.Correlated),
        new("standardization", [new Standardization()], Draw.Correlated),
        new("affine", [new AffineGaussianization()], Draw.Correlated),
        new("shrunk affine", [new AffineGaussianization(0.2)], Draw.Correlated),
        new("affine of estimated shrinkage", [new AffineGaussianization(shrinkage: null)], Draw.Correlated),
        new("standardization, affine", [new Standardization(), new AffineGaussianization()], Draw.Correlated),
        new("affine of two rows", [new OfTwoRows(new AffineGaussianization(0.2))], Draw.Correlated),
        new("logit", [new Logit()], UnitInterval),
        new("wide logit", [new Logit(0.05)], UnitInterval),
        new("logit, standardization", [new Logit(), new Standardization()], UnitInterval),
        new("histograms", [new HistogramGaussianization(8, 30)], UnitInterval),
        new("histograms, affine", [new HistogramGaussianization(4), new AffineGaussianization()], UnitInterval),
        new("tails", [new TailCompression()], Skewed),
        new("marginals", [new MarginalGaussianization()], Skewed),
        new("marginals, affine", [new MarginalGaussianization(3), new AffineGaussianization()], Draw.Correlated),
        new("smoothing", [new Smoothing()], Draw.Correlated),
        new("table", [new Smoothing(), new TailCompression(0.5), new AffineGaussianization(shrinkage: null)], Skewed),
        new("circulant", [new Fixed(Circulant)], Draw.Correlated, Parameters: 1),
        new("circulant between affine maps", [new Standardization(), new Fixed(Circulant), new AffineGaussianization()], Draw.Correlated, Parameters: 1),
        new("arcsinh of a user", [new ArcsinhFit()], Draw.Correlated, Parameters: 1),
        new("standardization, arcsinh", [new Standardization(), new ArcsinhFit()], Draw.Correlated, Parameters: 1),
        new("chain in a chain", [new Chained(new Logit(), new Standardization()), new AffineGaussianization()], UnitInterval),
        new("affine chain in a chain", [new Chained(new Standardization(), new AffineGaussianization(0.1)), new Standardization()], Draw.Correlated),
        new("dequantisation", [new UniformDequantization(17)], Pixels, true),
        new("dequantisation of halves", [new UniformDequantization(17, 0.5, -3)], (seed, rows) => Pixels(seed, rows).mul(0.5).sub(3), true),
        new("image by histograms", [new UniformDequantization(17), new HistogramGaussianization(17), new AffineGaussianization()], Pixels, true),
        new("image", [new UniformDequantization(17), new Logit(), new AffineGaussianization()], Pixels, true),
    ];

    public static IEnumerable<object[]> Names => All.Select(family => new object[] { family.Name });

    public static IEnumerable<object[]> SmoothNames => All.Where(family => !family.Quantised).Select(family => new object[] { family.Name });

    public static BijectionFamily Named(string name) => All.Single(family => family.Name == name);

    public BijectionChain Fit(ulong seed = 1)
    {
        using var data = Data(seed, 400);
        using var generator = new Generator(seed);
        return BijectionChain.Fit(Fits, data, generator);
    }

    private static CirculantGaussianMap Circulant() => new(new Lattice(Boundary.Periodic, 3), [2, 0.7, 0.7], ScalarType.Float64);

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

    /// <summary>A bijection that needs no data.</summary>
    private sealed class Fixed(Func<Bijection> create) : BijectionFit
    {
        protected internal override Bijection Fit(Tensor data) => create();
    }

    /// <summary>Fewer rows than features.</summary>
    private sealed class OfTwoRows(BijectionFit fit) : BijectionFit
    {
        protected internal override Bijection Fit(Tensor data)
        {
            using var few = data.narrow(0, 0, 2);
            return fit.Fit(few);
        }
    }

    /// <summary>Several fits as one.</summary>
    private sealed class Chained(params BijectionFit[] fits) : BijectionFit
    {
        protected internal override Bijection Fit(Tensor data)
        {
            using var generator = new Generator(1);
            return BijectionChain.Fit(fits, data, generator);
        }
    }
}
