using ClusterFreeEnergy;
using static TorchSharp.torch;

namespace MAFlow.Examples.Tests;

/// <summary>Densities by bins, and the distances that they are made of.</summary>
[TestClass]
public sealed class HistogramTests
{
    [TestMethod]
    public void WeightsCountAndValuesOutsideBelongToTheNorm()
    {
        var histogram = new Histogram([0.1, 0.6, 0.9, 7], [1, 2, 3, 4], 0, 1, 2);
        CollectionAssert.AreEqual(new[] { 0.25, 0.75 }, histogram.Centres.ToArray());
        Assert.AreEqual(0.2, histogram.Densities[0], 1e-15);
        Assert.AreEqual(1.0, histogram.Densities[1], 1e-15);
    }

    [TestMethod]
    public void DistanceIsZeroToItselfAndOneToWhatIsElsewhere()
    {
        var (left, right) = (new Histogram([0.1, 0.2], [1, 1], 0, 1, 2), new Histogram([0.7], [1], 0, 1, 2));
        Assert.AreEqual(0, left.DistanceTo(left), 1e-15);
        Assert.AreEqual(1, left.DistanceTo(right), 1e-15);
    }

    [TestMethod]
    public void DistancesAreThoseOfAllPairs()
    {
        using var scope = NewDisposeScope();
        var distances = Distances.Of(tensor(new double[,] { { 0, 0, 3, 4, 0, 8 } }), 3);
        CollectionAssert.AreEqual(new double[] { 5, 8, 5 }, distances.data<double>().ToArray());
    }

    [TestMethod]
    public void WeightedSamplesOfAFlowHaveOneWeightPerConfiguration()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var settings = new Settings(Model.LennardJones, 3, 2, 1, 1, 1, new("."), null);
        var cluster = new Cluster(settings);
        using var energy = cluster.Energy();
        using var flow = cluster.Rest(generator);
        var (drawn, weighted) = Samples.OfFlow(flow, energy, 100, 3, generator);
        Assert.HasCount(300, drawn.Distances);
        Assert.AreEqual(3, weighted.Pairs);
        Assert.IsTrue(drawn.Weights.All(weight => weight == 1));
        Assert.AreEqual(1, weighted.Weights.Max(), 1e-6);
        CollectionAssert.AreEqual(drawn.Energies, weighted.Energies);
        Assert.AreEqual("3 particles in 2 dimensions, Lennard-Jones", cluster.Name);
    }
}
