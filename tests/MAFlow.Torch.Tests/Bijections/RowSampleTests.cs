using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>What is estimated from some rows does not depend on the order of the table.</summary>
[TestClass]
public sealed class RowSampleTests
{
    private const int Rows = 30_000;

    private static BijectionFit[] Fits => [new Smoothing(), new TailCompression(), new AffineGaussianization(shrinkage: null)];

    [TestMethod]
    public void ASortedTableGivesTheFitOfItsShuffledCopy()
    {
        using var scope = NewDisposeScope();
        var shuffled = Skewed();
        var sorted = shuffled.index_select(0, shuffled.select(1, 0).argsort());
        using var ofSorted = Fit(sorted, 1);
        using var ofShuffled = Fit(shuffled, 1);
        var rows = shuffled.narrow(0, 0, 2_000);
        var (y, logDeterminant) = ofSorted.Forward(rows);
        var (other, otherLogDeterminant) = ofShuffled.Forward(rows);
        // The first 5,000 rows of the sorted table end at its 17th percentile: a scale a tenth of the true one.
        Near.IsBelow(0.1, y.sub(other).abs().mean().item<double>());
        Near.IsBelow(0.1, logDeterminant.sub(otherLogDeterminant).abs().mean().item<double>());
    }

    [TestMethod]
    public void TheCenterOfASortedTableIsThatOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var (data, _) = Skewed().sort(0);
        using var tails = new TailCompression().Fit(data);
        Near.Assert(data.quantile(tensor(0.5, dtype: float64), dim: 0), tails.Store().Tensor("center"), 0.1);
    }

    [TestMethod]
    public void TheShrinkageOfATableWhoseFirstRowsAreUnlikeTheRestIsThatOfTheWhole()
    {
        using var scope = NewDisposeScope();
        var (independent, common) = (Draw.Normal(1, Rows, 3), Draw.Normal(2, Rows, 1));
        // Nothing connects the features in the first 10,000 rows.
        var data = cat([independent.narrow(0, 0, 10_000), independent.mul(0.1).add(common).narrow(0, 10_000, Rows - 10_000)]);
        var scaled = data.sub(data.mean([0L])).div(data.std(0, unbiased: false));
        using var sample = RowSample.Draw(Rows);
        Assert.IsGreaterThan(0.2, ShrinkageEstimate.Of(scaled.narrow(0, 0, ShrinkageEstimate.MaxRows)));
        Near.IsBelow(0.05, ShrinkageEstimate.Of(sample.Of(scaled, ShrinkageEstimate.MaxRows)));
    }

    [TestMethod]
    public void ATableThatRepeatsEveryFiveRowsHasTheShrinkageOfItsShuffledCopy()
    {
        using var scope = NewDisposeScope();
        // Five days of the week, each of its own kind: folds of every fifth row would leave one kind out.
        const int rows = 1_000;
        var kinds = Draw.Normal(3, 5, 8).mul(3);
        var data = kinds.index_select(0, arange(rows, dtype: int64).remainder(5)).add(Draw.Normal(4, rows, 8));
        var scaled = data.sub(data.mean([0L])).div(data.std(0, unbiased: false));
        using var sample = RowSample.Draw(rows);
        var whole = ShrinkageEstimate.Of(scaled.index_select(0, randperm(rows, dtype: int64, generator: new Generator(9))));
        Assert.IsGreaterThan(5 * whole, ShrinkageEstimate.Of(scaled));
        Near.IsBelow(2 * whole, ShrinkageEstimate.Of(sample.Of(scaled, ShrinkageEstimate.MaxRows)));
    }

    [TestMethod]
    public void EqualSeedsGiveIdenticalFits()
    {
        using var scope = NewDisposeScope();
        var data = Skewed();
        using var first = Fit(data, 3);
        using var second = Fit(data, 3);
        using var third = Fit(data, 4);
        var rows = data.narrow(0, 0, 50);
        Near.AssertBitEqual(first.Forward(rows).Points, second.Forward(rows).Points);
        Assert.AreNotEqual(0.0, Near.Difference(first.Forward(rows).Points, third.Forward(rows).Points));
        using var alone = new TailCompression().Fit(data);
        using var again = new TailCompression().Fit(data);
        Near.AssertBitEqual(alone.Forward(rows).Points, again.Forward(rows).Points);
    }

    [TestMethod]
    public void AFeatureThatIsConstantInTheSampleAloneIsFitted()
    {
        using var scope = NewDisposeScope();
        var data = zeros(Rows, 2, dtype: float64);
        data.select(1, 1).copy_(Draw.Normal(1, Rows));
        // Three rows of 30,000 differ: the sample of 5,000 has none of them, or the median and the quartiles do not notice.
        data.select(1, 0).narrow(0, Rows - 3, 3).fill_(2);
        using var tails = new TailCompression().Fit(data);
        var (y, logDeterminant) = tails.Forward(data);
        Assert.IsTrue(y.isfinite().all().item<bool>() && logDeterminant.isfinite().all().item<bool>());
        Near.Assert(data, tails.Inverse(y).Points, 1e-9);
        data.select(1, 0).fill_(0);
        Assert.Contains("got 1 constant ones, first feature 0", Assert.ThrowsExactly<ArgumentException>(() => new TailCompression().Fit(data)).Message);
    }

    [TestMethod]
    public void SmallTablesAreTakenWholeAndLargeOnesInPart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var before = generator.get_state();
        using var small = RowSample.Draw(5_000, generator);
        Near.AssertBitEqual(before, generator.get_state(), "Nothing was drawn.");
        var data = arange(50_000, dtype: float64).unsqueeze(1);
        Assert.AreEqual(5_000, small.Of(data.narrow(0, 0, 5_000), 5_000).shape[0]);
        using var large = RowSample.Draw(50_000, generator);
        var taken = large.Of(data, 10_000);
        Assert.AreEqual(10_000, taken.shape[0]);
        Assert.AreEqual(10_000, taken.unique().Item1.shape[0], "No row twice.");
        Assert.AreEqual(25_000, taken.mean().item<double>(), 1_000);
        Assert.AreEqual(20_000, large.Of(data, 20_000).shape[0]);
    }

    private static BijectionChain Fit(Tensor data, ulong seed)
    {
        using var generator = new Generator(seed);
        return BijectionChain.Fit(Fits, data, generator);
    }

    /// <summary>Two features with heavy tails that depend on each other.</summary>
    private static Tensor Skewed()
    {
        using var scope = NewDisposeScope();
        var first = Draw.Normal(1, Rows).mul(1.2).exp();
        return stack([first, Draw.Normal(2, Rows).add(first.log().mul(0.5)).pow(3)], 1).MoveToOuterDisposeScope();
    }
}
