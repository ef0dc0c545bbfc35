using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>What is asked for, and how.</summary>
[TestClass]
public sealed class DensityScorerTests
{
    [TestMethod]
    public void LengthsAreChecked()
    {
        var scorer = Scorer();
        Assert.Contains("3", Assert.ThrowsExactly<ArgumentException>(() => scorer.LogProb(new double[7], new double[2])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => scorer.LogProb(new double[6], new double[3]));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.LogProb(new double[6], []));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Encode(new double[6], new double[5], new double[2]));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Decode(new double[6], new double[3]));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.ScoreGradient(new float[6], new float[3]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scorer.At(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scorer.OnThreads(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scorer.Sample(0, 1));
        scorer.LogProb(Array.Empty<float>(), []);
    }

    [TestMethod]
    public void SamplesAreThoseOfTheModel()
    {
        var scorer = Scorer();
        var rows = scorer.Sample(20_000, 7);
        using var expected = Model().Sample(20_000, new Generator(1));
        var own = tensor(rows, [20_000, 3], dtype: float64);
        Near.Assert(expected.mean([0L]), own.mean([0L]), 0.1);
        Near.Assert(expected.std(0), own.std(0), 0.1);
        CollectionAssert.AreEqual(rows[..30], scorer.OnThreads(1).Sample(10, 7));
        CollectionAssert.AreNotEqual(rows[..30], scorer.Sample(10, 8));
    }

    [TestMethod]
    public void ScoringAllocatesNothingAfterTheFirstCall()
    {
        var scorer = Scorer().OnThreads(1);
        var (rows, logProb) = (new float[3 * 100], new float[100]);
        scorer.LogProb(rows, logProb);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            scorer.LogProb(rows, logProb);
            scorer.LogProb(rows.AsSpan(0, 3), logProb.AsSpan(0, 1));
        }

        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void GradientsThroughManyStepsKeepSomeOfThem()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        using var rows = Draw.Correlated(3, 9);
        var scorer = Scorers.Of(model).At(900);
        var expected = Scorers.Numbers(model.At(900).ScoreGradient(rows));
        Near.IsBelow(1e-9, OldFiles.Difference(expected, scorer.ScoreGradient(Scorers.Numbers(rows))));
    }

    private static DensityModel Model() => Scorers.Model("affine", Potentials.Create("softplus, wide", ScalarType.Float64));

    private static DensityScorer Scorer()
    {
        using var model = Model();
        return Scorers.Of(model);
    }
}
