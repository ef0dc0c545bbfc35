namespace MAFlow.Torch.Tests;

[TestClass]
public sealed class TimeGridTests
{
    [TestMethod]
    public void StepsReachTheEndExactly()
    {
        var grid = new TimeGrid(0, 0.3, 7);
        Assert.AreEqual(0.3 / 7, grid.Step, 1e-17);
        Assert.AreEqual(0.0, grid.TimeAt(0));
        Assert.AreEqual(0.3, grid.TimeAt(7));
        Assert.AreEqual((0.3, 0.0, 7), (grid.Reversed().Start, grid.Reversed().End, grid.Reversed().Depth));
        Assert.AreEqual(-grid.Step, grid.Reversed().Step);
    }

    [TestMethod]
    [DataRow(12, 5)]
    [DataRow(7, 7)]
    [DataRow(9, 1)]
    public void PartsFollowEachOtherAtStepBoundaries(int depth, int parts)
    {
        var grid = new TimeGrid(1, -2, depth);
        var split = grid.Split(parts).Select(stretch => stretch.Single()).ToList();
        Assert.HasCount(parts, split);
        Assert.AreEqual(depth, split.Sum(part => part.Depth));
        Near.IsAtMost(1, split.Max(part => part.Depth) - split.Min(part => part.Depth));
        Assert.AreEqual(grid.Start, split[0].Start);
        Assert.AreEqual(grid.End, split[^1].End);
        foreach (var (left, right) in split.Zip(split.Skip(1)))
        {
            Assert.AreEqual(left.End, right.Start);
        }

        foreach (var part in split)
        {
            Assert.AreEqual(grid.Step, part.Step, 1e-14);
        }
    }

    [TestMethod]
    public void EveryPieceBetweenBreaksHasTheSameNumberOfSteps()
    {
        // Breaks in any order, at the ends, outside, and twice but for rounding.
        var grid = TimeGrid.Over(0.2, 1.4, [1, 0.5, 1.4, 0.2, 2, -1, 0.5 + 1e-15], 10);
        CollectionAssert.AreEqual(new[] { (0.2, 0.5, 4), (0.5, 1, 4), (1, 1.4, 4) }, grid.Pieces().Select(Row).ToArray());
        CollectionAssert.AreEqual(new[] { (1.4, 1, 4), (1, 0.5, 4), (0.5, 0.2, 4) }, grid.Reversed().Pieces().Select(Row).ToArray());
        Assert.AreEqual((3, 4, 12), (grid.PieceCount, grid.StepsPerPiece, grid.Depth));
        Assert.AreEqual(3, TimeGrid.Over(0, 1, [0.1, 0.2], 1).Depth);
        Assert.AreEqual((0.0, 1.0, 5), Row(TimeGrid.Over(0, 1, [], 5).Pieces().Single()));
        Assert.ThrowsExactly<InvalidOperationException>(() => grid.Step);
        for (var step = 0; step <= 12; step++)
        {
            var piece = grid.Pieces()[Math.Min(step / 4, 2)];
            Assert.AreEqual(piece.TimeAt(step - (4 * Math.Min(step / 4, 2))), grid.TimeAt(step));
        }
    }

    [TestMethod]
    public void AStretchThatTouchesSeveralPiecesHasAGridForEach()
    {
        var grid = TimeGrid.Over(0, 3, [1, 2], 9);
        var split = grid.Split(2);
        CollectionAssert.AreEqual(new[] { (0.0, 1.0, 3), (1.0, grid.TimeAt(4), 1) }, split[0].Select(Row).ToArray());
        CollectionAssert.AreEqual(new[] { (grid.TimeAt(4), 2.0, 2), (2.0, 3.0, 3) }, split[1].Select(Row).ToArray());
    }

    [TestMethod]
    public void TimesAndDepthsOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(double.NaN, 1, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, double.PositiveInfinity, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 3).Split(4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 3).Split(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeGrid.Over(0, 1, [], 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TimeGrid.Over(1, 1, [], 3));
    }

    private static (double Start, double End, int Depth) Row(TimeGrid piece) => (piece.Start, piece.End, piece.Depth);
}
