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
        Assert.AreEqual(new TimeGrid(0.3, 0, 7), grid.Reversed());
        Assert.AreEqual(-grid.Step, grid.Reversed().Step);
    }

    [TestMethod]
    [DataRow(12, 5)]
    [DataRow(7, 7)]
    [DataRow(9, 1)]
    public void PartsFollowEachOtherAtStepBoundaries(int depth, int parts)
    {
        var grid = new TimeGrid(1, -2, depth);
        var split = grid.Split(parts);
        Assert.HasCount(parts, split);
        Assert.AreEqual(depth, split.Sum(part => part.Depth));
        Assert.IsLessThanOrEqualTo(1, split.Max(part => part.Depth) - split.Min(part => part.Depth));
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
    public void CutsGiveEachPieceItsShareOfTheSteps()
    {
        TimeGrid[] expected = [new(0.2, 0.5, 3), new(0.5, 1, 5), new(1, 1.4, 4)];
        var grid = new TimeGrid(0.2, 1.4, 12);
        CollectionAssert.AreEqual(expected, grid.CutAt([1, 0.5, 1.4, 0.2, 2, 0.2 + 1e-15]).ToArray());
        CollectionAssert.AreEqual(expected.Reverse().Select(piece => piece.Reversed()).ToArray(), grid.Reversed().CutAt([0.5, 1]).ToArray());
        CollectionAssert.AreEqual(new TimeGrid[] { new(0, 0.1, 1), new(0.1, 0.2, 1), new(0.2, 1, 2) }, new TimeGrid(0, 1, 2).CutAt([0.1, 0.2]).ToArray());
        Assert.AreSame(grid, grid.CutAt([]).Single());
    }

    [TestMethod]
    public void TimesAndDepthsOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(double.NaN, 1, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, double.PositiveInfinity, 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 3).Split(4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TimeGrid(0, 1, 3).Split(0));
    }
}
