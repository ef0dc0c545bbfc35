namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class ButcherTableauTests
{
    private static IEnumerable<object[]> Names => ButcherTableau.All.Select(tableau => new object[] { tableau.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void QuadratureConditionsHoldUpToTheOrder(string name)
    {
        var tableau = ButcherTableau.ByName(name);
        for (var k = 1; k <= tableau.Order; k++)
        {
            Assert.AreEqual(1.0 / k, tableau.B.Zip(tableau.C, (b, c) => b * Math.Pow(c, k - 1)).Sum(), 1e-14, $"Σ b c^{k - 1}");
        }

        Assert.AreEqual(0.0, tableau.C[0]);
        Assert.HasCount(tableau.Stages, tableau.A);
    }

    [TestMethod]
    public void NamesAreUnique() => Assert.HasCount(ButcherTableau.All.Count, ButcherTableau.All.Select(tableau => tableau.Name).Distinct().ToList());

    [TestMethod]
    public void DataThatIsNoExplicitMethodIsRefused()
    {
        Assert.Contains("one row of A per weight", Refused([[]], [0.5, 0.5]));
        Assert.Contains("one row of A per weight", Refused([], []));
        Assert.Contains("row 1 of A to have 1 entries", Refused([[], [0.5, 0.5]], [0, 1]));
        Assert.Contains("sum to 1, got a sum of 0.9", Refused([[]], [0.9]));
        Assert.Contains("finite", Refused([[]], [double.NaN]));
        Assert.Contains("finite", Refused([[], [double.PositiveInfinity]], [0, 1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ButcherTableau("x", 0, [[]], [1]));
        Assert.Contains("rk4", Assert.ThrowsExactly<ArgumentException>(() => ButcherTableau.ByName("rk5")).Message);
    }

    private static string Refused(double[][] a, double[] b) => Assert.ThrowsExactly<ArgumentException>(() => new ButcherTableau("x", 1, a, b)).Message;
}
