using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>One rule of depth: every piece between breaks gets the same number of steps, and doubling the depth doubles the steps of every piece.</summary>
[TestClass]
public sealed class DepthRuleTests
{
    private static IEnumerable<object[]> Families =>
        from potential in PotentialFamilies.Names
        from parts in new[] { 1, 3, 6, 16, 24 }
        select new[] { potential[0], parts };

    [TestMethod]
    [DynamicData(nameof(Families))]
    public void TwiceTheDepthHasTwiceTheStepsInEveryPiece(string family, int parts)
    {
        using var flow = PotentialFamilies.Flow(family, parts);
        var pieces = flow.Grid().PieceCount;
        Assert.IsGreaterThanOrEqualTo(parts, pieces);
        for (var depth = 1; depth <= 50; depth++)
        {
            var taken = flow.At(depth).Depth;
            Assert.AreEqual(pieces * ((depth + pieces - 1) / pieces), taken);
            var (coarse, fine) = (flow.At(taken).Grid().Pieces(), flow.At(2 * taken).Grid().Pieces());
            Assert.HasCount(coarse.Count, fine);
            foreach (var (before, after) in coarse.Zip(fine))
            {
                Assert.AreEqual((before.Start, before.End, 2 * before.Depth), (after.Start, after.End, after.Depth));
            }

            CollectionAssert.AreEqual(
                coarse.Select(piece => (piece.End, piece.Start, piece.Depth)).Reverse().ToList(),
                flow.At(taken).Grid().Reversed().Pieces().Select(piece => (piece.Start, piece.End, piece.Depth)).ToList());
        }
    }

    /// <summary>The rule before: a piece had its rounded share of the steps, and at least one. It gave 16 parts the same 16 steps at depths 3, 6, 12 and 16.</summary>
    [TestMethod]
    public void TheRuleBeforeFailsThisTest()
    {
        static int[] Before(int depth, int parts) => [.. Enumerable.Range(0, parts).Select(k => Math.Max(
            1,
            (int)Math.Round((k + 1.0) / parts * depth, MidpointRounding.AwayFromZero) - (int)Math.Round((double)k / parts * depth, MidpointRounding.AwayFromZero)))];
        CollectionAssert.AreEqual(Before(3, 16), Before(6, 16));
        CollectionAssert.AreEqual(Before(8, 16), Before(16, 16));
        CollectionAssert.AreNotEqual(Before(3, 4).Select(steps => 2 * steps).ToArray(), Before(6, 4));
    }

    [TestMethod]
    public void LivelyPiecesAreIntegratedToTheToleranceThatIsStated()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var flow = Lively(16);
        var x = Draw.Normal(2, 32, 3);
        var solution = flow.EncodeToTolerance(x, 1e-3);
        var exact = flow.At(64 * 16).LogProb(x);
        Assert.IsTrue(solution.IsConverged.all().item<bool>());
        Near.Assert(exact, solution.LogProb, 2e-3);
        // One step a piece, which the rule before took for depths 3, 6 and 12 alike, is off by far more than it said.
        Assert.IsGreaterThan(0.05, Near.Difference(exact, flow.At(16).LogProb(x)));
    }

    [TestMethod]
    public void AFlowOfAnotherHorizonThanItsPotentialIsRefused()
    {
        using var potential = new PiecewisePotential(1, [PotentialFamilies.Ridge(Activation.Softplus, 4), PotentialFamilies.Ridge(Activation.Softplus, 5)]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => new MongeAmpereFlow(potential, new() { Horizon = 4 }));
        Assert.Contains("Expected the horizon 1", error.Message);
        using var flow = new MongeAmpereFlow(potential);
        Assert.AreEqual(1.0, flow.Options.Horizon);
    }

    private static MongeAmpereFlow Lively(int parts) => new(
        new PiecewisePotential(2, [.. Enumerable.Range(0, parts).Select(k => PotentialFamilies.Ridge(Activation.Softplus, 12, seed: 100 + (10 * (ulong)k), strength: 2.5))]));
}
