using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A depth is accepted only where its double, in every piece of the horizon, agrees.</summary>
[TestClass]
public sealed class DepthDoublingTests
{
    [TestMethod]
    public void TheDepthIsDoubledUntilTheFunctionalStandsStill()
    {
        var asked = new List<int>();
        var search = new DepthDoubling(0.0105).Find(3, depth =>
        {
            asked.Add(depth);
            return 5 + (1.0 / depth);
        });
        CollectionAssert.AreEqual(new[] { 3, 6, 12, 24, 48, 96, 192 }.Take(asked.Count).ToArray(), asked);
        Assert.AreEqual(48, search.Depth);
        Assert.AreEqual(5 + (1.0 / 48), search.Value);
        Assert.AreEqual(-1.0 / 96, search.Difference, 1e-12);
        Assert.IsFalse(new DepthDoubling(0.01, maxDepth: 24).Find(3, depth => 1.0 / depth).IsConverged);
    }

    [TestMethod]
    public void ALimitThatIsReachedIsSaid()
    {
        var search = new DepthDoubling(1e-9, maxDepth: 20).Find(4, depth => 1.0 / depth);
        Assert.AreEqual(16, search.Depth);
        Assert.AreEqual(-1.0 / 32, search.Difference, 1e-12);
        Assert.IsFalse(search.IsConverged);
    }

    [TestMethod]
    public void NumbersThatAreNotFiniteAreNeverAcceptedAndEndTheSearch()
    {
        var calls = 0;
        var nothing = new DepthDoubling(1e9).Find(1, _ =>
        {
            calls++;
            return double.NaN;
        });
        Assert.IsFalse(nothing.IsConverged);
        Assert.AreEqual(2, calls);
        var late = new DepthDoubling(0.1).Find(1, depth => depth < 8 ? double.PositiveInfinity : 3);
        Assert.AreEqual(2, new DepthDoubling(0.1).Find(1, depth => depth is 1 ? double.NaN : 3).Depth);
        Assert.AreEqual(1, late.Depth);
        Assert.IsFalse(late.IsConverged);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(6)]
    [DataRow(16)]
    public void EveryPieceIsChecked(int parts)
    {
        using var scope = NewDisposeScope();
        using var flow = Lively(parts);
        for (var depth = 1; depth <= 50; depth++)
        {
            var first = flow.At(depth).Depth;
            Assert.AreEqual(0, first % parts);
            Assert.AreEqual(2 * first, flow.At(2 * first).Depth);
        }

        var x = Draw.Normal(3, 24, 2);
        using var _ = no_grad();
        var solution = flow.EncodeToTolerance(x, 1e-3);
        var deep = flow.At(64 * flow.At(3).Depth).LogProb(x);
        Assert.IsTrue(solution.IsConverged.all().item<bool>());
        // On the old rule 16 parts compared 16 steps with 16 steps: an error of 0, and nats off.
        Near.Assert(deep, solution.LogProb, 2e-3);
        if (parts == 16)
        {
            Assert.IsGreaterThan(0.01, Near.Difference(deep, flow.At(1).LogProb(x)));
        }
    }

    /// <summary>A flow of many pieces, each too lively for one step.</summary>
    internal static MongeAmpereFlow Lively(int parts) => new(
        new PiecewisePotential(parts / 4.0, [.. Enumerable.Range(0, parts).Select(k => PotentialFamilies.Ridge(Activation.Softplus, 12, 2, (ulong)(100 + (7 * k)), k % 2 == 0 ? 0.9 : -0.9))]),
        new() { Horizon = parts / 4.0, Depth = 1 });
}
