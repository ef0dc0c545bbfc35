using MAFlow.MLNet.Measures;

namespace MAFlow.MLNet.Tests;

/// <summary>-ln of the share of rows that measure at least as high, with an exponential tail.</summary>
[TestClass]
public sealed class SurvivalCurveTests
{
    [TestMethod]
    public void The_share_of_rows_at_least_as_high()
    {
        var curve = new SurvivalCurve([.. Enumerable.Range(1, 100).Select(value => (float)value)], weight: 0.5f);
        Assert.AreEqual(0, curve.Of(1));
        Assert.AreEqual(-0.5 * Math.Log(0.5), curve.Of(51), 1e-12);
        Assert.AreEqual(-0.5 * Math.Log(0.1), curve.Of(91), 1e-12);
        // Excesses of 0 to 9: 4.5 on average.
        Assert.AreEqual(-0.5 * Math.Log(0.1) + (0.5 * 9 / 4.5), curve.Of(100), 1e-12);
        Assert.IsTrue(double.IsNaN(curve.Of(float.NaN)));
        Assert.IsTrue(double.IsPositiveInfinity(curve.Of(float.PositiveInfinity)));
    }

    [TestMethod]
    public void It_never_falls()
    {
        var random = new Random(1);
        var curve = new SurvivalCurve([.. Enumerable.Range(0, 300).Select(_ => random.NextSingle()).Order()], weight: 1);
        var values = Enumerable.Range(-10, 200).Select(step => curve.Of(step / 100f)).ToArray();
        Assert.IsTrue(values.Zip(values.Skip(1)).All(pair => pair.First <= pair.Second));
    }

    [TestMethod]
    public void Equal_measures()
    {
        var curve = new SurvivalCurve([2, 2, 2], weight: 1);
        Assert.AreEqual(0, curve.Of(2));
        Assert.AreEqual(Math.Log(10) + 1, curve.Of(3), 1e-12);
    }
}
