using MAFlow.Scoring.Numerics;
using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>Functions of one number agree with those of libtorch to the last digits.</summary>
[TestClass]
public sealed class SpecialFunctionsTests
{
    private static readonly double[] _powers = [.. Enumerable.Range(-320, 320).Select(i => Math.Pow(10, i / 10.0))];

    [TestMethod]
    public void LogarithmsNearOne() => Agree(x => x.log1p(), SpecialFunctions.Log1P, [.. _powers, .. _powers.Select(x => -x * 0.999), 0, 1000, 1e300], 4e-16);

    [TestMethod]
    public void ExponentialsNearOne() => Agree(x => x.expm1(), SpecialFunctions.ExpM1, [.. _powers, .. _powers.Select(x => -x), 0, -50, 5, 700], 8e-16);

    [TestMethod]
    public void NormalQuantiles() => Agree(
        x => x.erfinv().mul(Math.Sqrt(2)), SpecialFunctions.NormalQuantile, [.. _powers.Select(x => 1 - x).Where(x => x < 1), .. _powers.Select(x => x - 1).Where(x => x > -1), .. _powers], 2e-15);

    [TestMethod]
    public void ErrorFunctions() => Agree(x => x.erfc(), SpecialFunctions.Erfc, [.. Enumerable.Range(-600, 3200).Select(i => i / 121.0)], 2e-15);

    /// <summary>Against the distribution function: Φ(Φ⁻¹(p)) = p, also where p is no number any more.</summary>
    [TestMethod]
    public void TailsInLogarithms()
    {
        double[] logarithms = [.. Enumerable.Range(-60, 400).Select(i => -Math.Pow(10, i / 10.0)).Where(value => value <= Math.Log(0.5)), Math.Log(0.5)];
        foreach (var logarithm in logarithms)
        {
            Near.IsAtMost(1e-13 * Math.Max(1, Math.Abs(logarithm)), Math.Abs(NormalTail.Log(NormalTail.Quantile(logarithm)) - logarithm), $"{logarithm}");
        }

        Agree(x => x.div(-Math.Sqrt(2)).erfc().mul(0.5).log(), NormalTail.Log, [.. Enumerable.Range(-3500, 3500).Select(i => i / 97.0)], 2e-14);
        Agree(x => x.div(Math.Sqrt(2)).erfc().mul(-0.5).log1p(), NormalTail.Log, [.. Enumerable.Range(0, 3500).Select(i => i / 97.0)], 2e-14);
    }

    private static void Agree(Func<Tensor, Tensor> exact, Func<double, double> own, double[] at, double tolerance)
    {
        using var scope = NewDisposeScope();
        var expected = Scorers.Numbers(exact(tensor(at, dtype: float64)));
        for (var i = 0; i < at.Length; i++)
        {
            var actual = own(at[i]);
            Assert.IsTrue(
                expected[i] == actual || Math.Abs(expected[i] - actual) <= tolerance * Math.Abs(expected[i]), $"At {at[i]:R}: expected {expected[i]:R}, got {actual:R}.");
        }
    }
}
