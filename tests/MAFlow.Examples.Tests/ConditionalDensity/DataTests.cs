using ConditionalDensity;

namespace MAFlow.Examples.Tests;

/// <summary>The sets of the example, and the method that the flow is compared with.</summary>
[TestClass]
public sealed class DataTests
{
    /// <summary>-E ln p is the entropy: of a normal ½ ln 2πeσ², and σ = 0.2 + 0.9 (x/2)² is averaged over x.</summary>
    [TestMethod]
    public void TheExactLikelihoodIsTheEntropy()
    {
        var set = SyntheticData.Heteroscedastic(10, 20_000, seed: 1);
        var logDeviation = Enumerable.Range(0, 1000).Average(k => Math.Log(0.2 + (0.9 * Math.Pow((k + 0.5) / 1000, 2))));
        Assert.AreEqual((0.5 * Math.Log(2 * Math.PI * Math.E)) + logDeviation, set.ExactNll!.Value, 0.02);
        Assert.HasCount(10, set.Training);
        Assert.IsGreaterThan(set.ExactNll.Value, SyntheticData.Bimodal(10, 20_000, seed: 1).ExactNll!.Value);
    }

    [TestMethod]
    public void TheTableIsDividedWithoutOverlap()
    {
        var set = TumourTable.Load(seed: 3);
        Assert.AreEqual((400, 169), (set.Training.Count, set.Test.Count));
        Assert.IsEmpty(set.Training.Intersect(set.Test));
        Assert.IsTrue(set.Training.All(row => row.Features.Length == 10));
    }

    [TestMethod]
    public void TheGaussianRegressionIsRightWhereTheDataIsGaussian()
    {
        var random = new Random(5);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        Observation[] rows = [.. Enumerable.Range(0, 3000).Select(_ => (float)Normal()).Select(x => new Observation { Features = [x], Label = (float)((2 * x) + 1 + (0.5 * Normal())) })];
        var result = GaussianRegression.Run(new("linear", "y", rows[..2000], rows[2000..]), seed: 1);
        Assert.AreEqual(0.5 * Math.Log(2 * Math.PI * Math.E * 0.25), result.Nll, 0.1);
        Assert.AreEqual(0.5 / Math.Sqrt(Math.PI), result.RankedScore, 0.03);
        Assert.AreEqual(0.9, result.Coverage, 0.035);
        Assert.AreEqual(1000, result.Histogram.Sum());
    }
}
