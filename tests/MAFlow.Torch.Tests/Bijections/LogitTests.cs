using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class LogitTests
{
    [TestMethod]
    [DataRow(1e-6)]
    [DataRow(1e-13)]
    public void NeitherEndLosesDigits(double lambda)
    {
        using var scope = NewDisposeScope();
        using var transform = new Logit(lambda).Fit(zeros(1, 1, dtype: float64));
        foreach (var x in new[] { 0, 1e-300, 1e-15, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-9, 1 - 1e-15, Math.BitDecrement(1), 1 })
        {
            var (y, logDeterminant) = transform.Forward(tensor(new[,] { { x } }));
            // In decimal, whose 28 digits hold 1 - x and λ + (1 - 2λ)x exactly enough.
            var p = (double)((decimal)lambda + ((1 - (2 * (decimal)lambda)) * Exact(x)));
            var q = (double)((decimal)lambda + ((1 - (2 * (decimal)lambda)) * (1 - Exact(x))));
            var expected = p < 0.5 ? Math.Log(p) - Log1p(-p) : Log1p(-q) - Math.Log(q);
            Assert.AreEqual(expected, y.item<double>(), 4e-15 * Math.Max(1, Math.Abs(expected)), $"y at {x:R}");
            var change = Math.Log(1 - (2 * lambda)) - Math.Log(p) - Math.Log(q);
            Assert.AreEqual(change, logDeterminant.item<double>(), 4e-15 * Math.Max(1, Math.Abs(change)), $"ln dy/dx at {x:R}");
        }
    }

    [TestMethod]
    public void EndsMapToFiniteOppositeNumbersAndBack()
    {
        using var scope = NewDisposeScope();
        using var transform = new Logit().Fit(zeros(1, 1, dtype: float64));
        var y = transform.Forward(tensor(new double[,] { { 0, 1, 0.5 } })).Points;
        Assert.AreEqual(-Math.Log(1e6 - 1), y[0, 0].item<double>(), 1e-9);
        Near.Assert(y[0, 0], y[0, 1].neg(), 0);
        Assert.AreEqual(0.0, y[0, 2].item<double>(), 1e-15);
        // Mass that the flow puts beyond the images of the ends maps to the ends.
        Near.Assert(tensor(new double[,] { { 0, 1, 0, 1 } }), transform.Inverse(tensor(new double[,] { { -1e3, 1e3, -14, 14 } })).Points, 0);
    }

    [TestMethod]
    public void ValuesOutsideTheIntervalAreRefusedWithARemedy()
    {
        using var scope = NewDisposeScope();
        var data = tensor(new double[,] { { 0.5, 1.25 }, { -0.5, 0.1 } });
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Logit().Fit(data));
        Assert.Contains("Expected values from 0 to 1 before the logit, got values from -0.5 to 1.25; put a UniformDequantization before it", error.Message);
        using var transform = new Logit().Fit(zeros(1, 2, dtype: float64));
        Assert.ThrowsExactly<ArgumentException>(() => transform.Forward(data));
        foreach (var lambda in new[] { 0, 0.5, -1, double.NaN })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Logit(lambda));
        }
    }

    /// <summary>A double as decimal; near 1 without the rounding to 15 digits that the conversion does.</summary>
    private static decimal Exact(double x) => x < 0.1 ? (decimal)x : (decimal)(long)(x * (1L << 53)) / (1L << 53);

    /// <summary>ln(1 + u) for small u without cancellation (Kahan).</summary>
    private static double Log1p(double u)
    {
        var w = 1 + u;
        return w == 1 ? u : Math.Log(w) * u / (w - 1);
    }
}
