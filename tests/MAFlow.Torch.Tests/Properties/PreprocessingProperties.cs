using CsCheck;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What holds for every chain of transforms, over random widths, data and options.</summary>
[TestClass]
public sealed class PreprocessingProperties
{
    private static readonly Gen<int> _widths = Gen.Int[1, 6];
    private static readonly Gen<ulong> _seeds = Gen.ULong;

    [TestMethod]
    public void LinearChainsAreInvertedAndTheirLogDeterminantIsThatOfTheJacobian() => Gen.Select(_widths, Gen.Int[8, 40], _seeds, Gen.Double[0, 0.9], Gen.Int[0, 3], Gen.Double[-3, 3])
        .Sample((width, rows, seed, shrinkage, kind, magnitude) =>
        {
            using var scope = NewDisposeScope();
            var scale = Math.Pow(10, magnitude);
            var data = Draw.Normal(seed, rows, width).mm(Draw.Normal(seed + 1, width, width).add(eye(width, dtype: float64).mul(2))).add(5).mul(scale);
            BijectionFit[] steps = kind switch
            {
                0 => [new Standardization()],
                1 => [new AffineGaussianization(shrinkage)],
                2 => [new Standardization(), new AffineGaussianization(shrinkage)],
                _ => [new AffineGaussianization(shrinkage), new Standardization()],
            };
            Check(steps, data, 1e-7 * scale);
        }, iter: 120, threads: 1);

    [TestMethod]
    public void LogitsAreInvertedAndTheirLogDeterminantIsThatOfTheJacobian() => Gen.Select(_widths, Gen.Int[4, 20], _seeds, Gen.Double[1e-6, 0.2])
        .Sample((width, rows, seed, lambda) =>
        {
            using var scope = NewDisposeScope();
            Check([new Logit(lambda), new Standardization()], Draw.Uniform(seed, rows, width).clamp(1e-3, 1 - 1e-3), 1e-8);
        }, iter: 80, threads: 1);

    [TestMethod]
    public void QuantisedDataReturnsToItsLevels() => Gen.Select(_widths, Gen.Int[2, 300], _seeds, Gen.Double[0.01, 100], Gen.Double[-50, 50])
        .Sample((width, levels, seed, binWidth, minimum) =>
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var data = Draw.Levels(seed, levels, 10, width).mul(binWidth).add(minimum);
            using var chain = BijectionChain.Fit([new UniformDequantization(levels, binWidth, minimum), new Logit()], data, generator);
            Near.Assert(data, chain.Inverse(chain.Forward(data).Points).Points, 1e-9 * levels * binWidth);
            Near.Assert(data, chain.Inverse(chain.Forward(data, generator).Points).Points, 1e-9 * levels * binWidth);
        }, iter: 100, threads: 1);

    private static void Check(BijectionFit[] steps, Tensor data, double tolerance)
    {
        using var generator = new Generator(1);
        using var chain = BijectionChain.Fit(steps, data, generator);
        var x = data.narrow(0, 0, 4).clone().requires_grad_();
        var (y, logDeterminant) = chain.Forward(x);
        Near.Assert(x, chain.Inverse(y).Points, tolerance);
        var rows = Enumerable.Range(0, (int)x.shape[1]).Select(i => autograd.grad([y.select(1, i).sum()], [x], retain_graph: true)[0]).ToArray();
        Near.Assert(linalg.slogdet(stack(rows, 1)).Item2, logDeterminant, 1e-7);
    }
}
