using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class UniformDequantizationTests
{
    private static Bijection Fit(int levels = 17) => new UniformDequantization(levels).Fit(zeros(1, 8, dtype: float64));

    [TestMethod]
    public void ScoringNoiseIsAFunctionOfTheRowAlone()
    {
        using var scope = NewDisposeScope();
        using var transform = Fit();
        using var other = Fit();
        var x = Draw.Levels(1, 17, 30, 8);
        var order = randperm(30, dtype: int64);
        var y = transform.Forward(x).Points;
        Near.AssertBitEqual(y, other.Forward(x).Points);
        Near.AssertBitEqual(y.index_select(0, order), transform.Forward(x.index_select(0, order)).Points);
        Near.AssertBitEqual(y.narrow(0, 12, 1), transform.Forward(x.narrow(0, 12, 1)).Points);
    }

    [TestMethod]
    public void RowsThatDifferInOneLevelGetIndependentNoise()
    {
        using var scope = NewDisposeScope();
        using var transform = Fit(256);
        var x = zeros(2000, 8, dtype: float64);
        x.select(1, 3).copy_(arange(2000, dtype: float64).remainder(256));
        x.select(1, 7).copy_(arange(2000, dtype: float64).div(256).floor());
        var noise = transform.Forward(x).Points.mul(256).sub(x);
        Assert.AreEqual(0L, noise[1..].eq(noise[..1999]).sum().item<long>());
        var correlation = corrcoef(cat([noise[1..], noise[..1999]], 1).t()).sub(eye(16, dtype: float64)).abs().max().item<double>();
        Near.IsBelow(0.11, correlation);
    }

    [TestMethod]
    public void ScoringAndTrainingNoiseAreUniform()
    {
        using var scope = NewDisposeScope();
        using var transform = Fit();
        using var generator = new Generator(1);
        var x = Draw.Levels(2, 17, 2500, 8);
        foreach (var y in new[] { transform.Forward(x).Points, transform.Forward(x, generator).Points })
        {
            var noise = y.mul(17).sub(x).flatten().sort().Values;
            var n = noise.shape[0];
            Assert.IsTrue(noise.gt(-1e-12).logical_and(noise.lt(1 + 1e-12)).all().item<bool>());
            // Kolmogorov-Smirnov: beyond 1.95 √n with probability 0.001.
            var distance = noise.sub(arange(n, dtype: float64).add(0.5).div(n)).abs().max().item<double>();
            Near.IsBelow(1.95 / Math.Sqrt(n), distance);
        }
    }

    [TestMethod]
    public void TrainingNoiseIsSeeded()
    {
        using var scope = NewDisposeScope();
        using var transform = Fit();
        var x = Draw.Levels(3, 17, 5, 8);
        Near.AssertBitEqual(With(1), With(1));
        Assert.AreNotEqual(0.0, Near.Difference(With(1), With(2)));
        Assert.AreNotEqual(0.0, Near.Difference(With(1), transform.Forward(x).Points));
        Tensor With(ulong seed)
        {
            using var generator = new Generator(seed);
            return transform.Forward(x, generator).Points;
        }
    }

    [TestMethod]
    public void TheLogDeterminantStatesDensitiesPerUnitOfTheData()
    {
        using var scope = NewDisposeScope();
        using var transform = new UniformDequantization(4, 0.5, -1).Fit(zeros(1, 3, dtype: float64).sub(1));
        var (y, logDeterminant) = transform.Forward(tensor(new[,] { { -1, 0, 0.5 } }));
        Assert.AreEqual(-3 * Math.Log(2), logDeterminant.item<double>(), 1e-15);
        Near.Assert(tensor(new double[,] { { 0, 2, 3 } }), y.mul(4).floor(), 0);
        Near.Assert(tensor(new[,] { { -1, 0, 0.5 } }), transform.Inverse(y).Points, 0);
        Near.Assert(tensor(new[,] { { -1, 0.5 } }), transform.Inverse(tensor(new[,] { { -0.2, 1.2 } })).Points, 0);
    }

    [TestMethod]
    [DataRow(17.0)]
    [DataRow(-1.0)]
    [DataRow(3.5)]
    [DataRow(2.01)]
    public void ValuesThatAreNoLevelAreNamedWithARemedy(double wrong)
    {
        using var scope = NewDisposeScope();
        using var transform = Fit();
        var x = zeros(4, 8, dtype: float64);
        x[2, 5] = tensor(wrong);
        var error = Assert.ThrowsExactly<ArgumentException>(() => transform.Forward(x));
        Assert.Contains(FormattableString.Invariant($"Expected values 0, 1, ..., 16 (17 levels of width 1), got {wrong} in row 2, feature 5; declare the range"), error.Message);
        Assert.ThrowsExactly<ArgumentException>(() => new UniformDequantization(17).Fit(x));
    }

    [TestMethod]
    public void OptionsOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new UniformDequantization(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new UniformDequantization(4, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new UniformDequantization(4, double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new UniformDequantization(4, 1, double.NegativeInfinity));
    }
}
